import type { ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import { readSlotGrid, toSlotStart } from '../../shared/slot-grid.ts'
import type { ProblemError } from '../../packages/client/src/problem.ts'
import { typeOf } from './inventory.ts'
import { readRefusal, type Refusal } from './refusal.ts'

/** Why a booking cannot end later, and until when it can: it keeps its start and its resource. */
export async function readExtensionRefusal(
  error: unknown,
  { booking, wanted }: { booking: Booking; wanted: Date },
): Promise<Refusal | undefined> {
  const refusal = readRefusal(error)
  if (!refusal) return undefined
  const from = new Date(booking.from)
  const { problem } = error as ProblemError
  const end = refusal.isTaken
    ? await findEnd(problem as { items?: ItemRefusal[] }, { booking, wanted })
    : endOf(refusal, from)
  const isLater = end > Date.parse(booking.to) && end < Infinity
  return { ...refusal, nearest: isLater ? { from, to: new Date(end) } : undefined, peers: [] }
}

/** That of the nearest time that the rules allow, if it begins when the booking does. */
function endOf({ nearest }: Refusal, from: Date): number {
  return nearest?.from.getTime() === from.getTime() ? nearest.to.getTime() : Infinity
}

/** When the first of the bookings in the way begins, less the time kept free between the two. */
async function findEnd(
  { items = [] }: { items?: ItemRefusal[] },
  { booking, wanted }: { booking: Booking; wanted: Date },
): Promise<number> {
  const ends = items.flatMap(({ conflicts, busy_to }) => {
    const after = busy_to ? Date.parse(busy_to) - wanted.getTime() : 0
    return conflicts.map((one) => Date.parse(one.busy_from ?? one.from_datetime ?? '') - after)
  })
  const [first] = booking.items
  const end = Math.min(...ends)
  return first ? toSlotStart(end, readSlotGrid(await typeOf(first))) : end
}
