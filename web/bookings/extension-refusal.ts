import type { ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { ProblemError } from '../../packages/client/src/problem.ts'
import type { Window } from './inventory.ts'
import { readRefusal, type Refusal } from './refusal.ts'

/** Why a booking cannot end later, and until when it can: it keeps its start and its resource. */
export function readExtensionRefusal(
  error: unknown,
  { from, to, wanted }: Window & { wanted: Date },
): Refusal | undefined {
  const refusal = readRefusal(error)
  if (!refusal) return undefined
  const end = endBefore((error as ProblemError).problem as { items?: ItemRefusal[] }, wanted)
  const nearest = end > to.getTime() && end < Infinity ? { from, to: new Date(end) } : undefined
  return { ...refusal, nearest, peers: [] }
}

/** When the first of the bookings in the way begins, less the time kept free between the two. */
function endBefore({ items = [] }: { items?: ItemRefusal[] }, wanted: Date): number {
  const ends = items.flatMap(({ conflicts, busy_to }) => {
    const after = busy_to ? Date.parse(busy_to) - wanted.getTime() : 0
    return conflicts.map((one) => Date.parse(one.busy_from ?? one.from_datetime ?? '') - after)
  })
  return Math.min(...ends)
}
