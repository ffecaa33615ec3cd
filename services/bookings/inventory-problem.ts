import { readRefusal, unavailable, type Answered, type ProblemError } from '../../shared/problem.ts'

/** Passes on inventory's refusals as they are; anything else is 503. */
export function toInventoryProblem(answer: Answered): ProblemError {
  const detail = 'Inventory is unavailable. Please retry.'
  return readRefusal(answer) ?? unavailable('inventory_unavailable', detail)
}
