import type { ProblemCode } from '../../shared/problem-code.ts'
import { ProblemError, unavailable } from '../../shared/problem.ts'

export interface InventoryAnswer {
  error: { status: unknown; value: unknown } | null
  response: Pick<Response, 'headers'>
}

/** Passes on inventory's refusals as they are; anything else is 503. */
export function toInventoryProblem({ error, response }: InventoryAnswer): ProblemError {
  const problem = (error?.value ?? {}) as { code?: ProblemCode; detail?: string }
  const { code, detail = '' } = problem
  const status = error?.status
  if (typeof status === 'number' && status < 500 && code !== undefined) {
    const own = Object.entries(problem).filter(([name]) => !common.has(name))
    const retryAfter = response.headers.get('retry-after')
    const headers = retryAfter === null ? {} : { 'retry-after': retryAfter }
    return new ProblemError({ status, code, detail, headers, members: Object.fromEntries(own) })
  }
  return unavailable('inventory_unavailable', 'Inventory is unavailable. Please retry.')
}

const common = new Set(['type', 'title', 'status', 'code', 'detail'])
