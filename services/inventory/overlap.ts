import type { Caller } from '../../shared/access.ts'
import { conflict, type ProblemError } from '../../shared/problem.ts'
import { toConflict } from './booking.ts'
import { shownSpan } from './buffers.ts'
import { overlaps, toSpan, type TimeSpan } from './span.ts'
import type { AllocationRow } from './tables.ts'
import type { Restricted } from './visibility.ts'

const ownHold =
  'You hold it for at least part of that time. Confirm the hold, move it, or release it.'
const turnaround =
  'That time is too close to a booking: time is kept free before and after each. Compare ' +
  'busy_from and busy_to.'
const taken = 'It is already booked for at least part of that time.'

/**
 * The 409 `allocation_overlap`.
 * @param rows the conflicting allocations, at least one
 * @param wanted the requested span, and the same with buffers
 */
export function overlap(
  rows: AllocationRow[],
  { caller, resource }: { caller: Caller; resource: Restricted },
  { shown, busy }: { shown: TimeSpan; busy: TimeSpan },
): ProblemError {
  const conflicts = rows.map((row) => toConflict(row, caller, resource))
  const isOwnHold = conflicts.every(({ status, mine }) => mine && status === 'held')
  const isBuffer = rows.every((row) => !overlaps(shownSpan(row), shown))
  const detail = isBuffer ? turnaround : isOwnHold ? ownHold : taken
  return conflict('allocation_overlap', detail, { conflicts, ...toWantedSpan(shown, busy) })
}

/** The busy span that a booking would have had; absent when it equals the requested one. */
export function toWantedSpan(shown: TimeSpan, busy: TimeSpan) {
  if (busy.from === shown.from && busy.to === shown.to) return {}
  const { from_datetime: busy_from, to_datetime: busy_to } = toSpan(busy)
  return { busy_from, busy_to }
}
