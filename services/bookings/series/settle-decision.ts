import { and, eq, inArray, isNotNull } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { toFence } from '../fence.ts'
import type { Reservations } from '../reservations.ts'
import type { BookingsTables } from '../tables.ts'

interface Decided {
  id: string
  state: string
  check_in_by: number | null
  /** Who decided. */
  by: string
  fence: number
  allocations: string[]
}

/** Tells inventory what was decided about the requests of a series. Idempotent. */
export function createSettleDecision(
  { store }: Pick<Context, 'store'>,
  { bookings, booking_items: items }: BookingsTables,
  reservations: Reservations,
) {
  const isOf = (decision: string) =>
    and(eq(bookings.moving_with, decision), isNotNull(bookings.unsettled))

  /** @returns those that expired before inventory was told */
  return async function settleDecision(decision: string): Promise<string[]> {
    const decided = await load(decision)
    const [first] = decided
    // Another request has finished it.
    if (!first) return []
    const lost = first.state === 'confirmed' ? await keep(decided) : []
    const freed = first.state === 'confirmed' ? lost : decided
    const ids = freed.flatMap(({ allocations }) => allocations)
    if (ids.length > 0) await reservations.release(ids, first.by)
    const lostIds = lost.map(({ id }) => id)
    const expire = store.db
      .update(bookings)
      .set({ state: 'expired', moving_with: null, unsettled: null })
      .where(and(isOf(decision), inArray(bookings.id, lostIds)))
    const end = store.db
      .update(bookings)
      .set({ moving_with: null, unsettled: null })
      .where(isOf(decision))
    if (lostIds.length > 0) await store.atomically([expire.getSQL()])
    await store.atomically([end.getSQL()])
    return lostIds
  }

  async function load(decision: string): Promise<Decided[]> {
    const rows = await store.db
      .select({ booking: bookings, allocation_id: items.allocation_id })
      .from(bookings)
      .innerJoin(items, eq(items.booking_id, bookings.id))
      .where(and(isOf(decision), eq(items.is_next, 0)))
      .orderBy(bookings.id, items.position)
    const byBooking = Map.groupBy(rows, ({ booking }) => booking.id)
    return [...byBooking.values()].flatMap((own): Decided[] => {
      const [first] = own
      if (!first) return []
      const { id, state, check_in_by, changed_by: by, version } = first.booking
      const fence = toFence(version, 'then')
      return [{ id, state, check_in_by, by, fence, allocations: own.map((it) => it.allocation_id) }]
    })
  }

  /** @returns those that inventory no longer has completely */
  async function keep(decided: readonly Decided[]): Promise<Decided[]> {
    const kept = await Promise.all(
      decided.map(({ allocations, check_in_by, by, fence }) =>
        reservations.keep(allocations, { until: check_in_by ?? undefined, by, fence }),
      ),
    )
    return decided.filter((_, at) => !kept[at])
  }
}
