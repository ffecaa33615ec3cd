import { and, asc, eq, gt, inArray, isNull, lte, or } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { readInstant, toInstant } from '../../../shared/instant.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type { ResourceNow } from '../../../shared/schemas/handover.ts'
import { toViewer, type Reservations } from '../reservations.ts'
import type { Rulebook } from '../rulebook.ts'
import { isOut, stateNow } from '../state.ts'
import type { BookingsTables } from '../tables.ts'

type Now = Omit<ResourceNow, 'code' | 'resource_id'>

interface Own {
  id: string
  state: string
  from: number
}

const day_ms = 24 * 60 * 60 * 1000

/** What is now of a resource, for whoever stands in front of it. */
export function createResourceNow(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { bookings, booking_items: items, handovers }: BookingsTables,
  { reservations, rulebook }: { reservations: Reservations; rulebook: Rulebook },
) {
  /** @returns undefined when there is none that the caller may see */
  return async function readNow(id: string, caller: Caller): Promise<Now | undefined> {
    const now = clock()
    const { refused } = await reservations.look({
      items: [{ resource_id: id }],
      from_datetime: toInstant(now),
      to_datetime: toInstant(now + day_ms),
      viewer: toViewer(caller),
    })
    const [refusal] = refused
    if (refusal?.code === 'resource_not_found') return undefined
    const out = await findOut(id)
    const own = await findOwn(id, { caller, now })
    const isOwnOut = own !== undefined && isOut(own.state)
    const isManaged = out && !isOwnOut && (await rulebook.mayManage(caller, [out]))
    const booking = isManaged ? out : own
    const free = readFree(refusal, now)
    const state = out ? (out.due <= now ? 'late' : 'out') : free.state
    const until = out ? (out.due <= now ? null : toInstant(out.due)) : free.until
    const offers: ResourceNow['offers'] = []
    if (state === 'free') offers.push('take')
    offers.push('book')
    if (booking && isOut(booking.state)) offers.push('return')
    if (booking?.state === 'confirmed' && booking.from <= now && !out) offers.push('check_out')
    return { state, until, booking_id: booking?.id ?? null, offers }
  }

  /** Who has it in hand. */
  async function findOut(resourceId: string) {
    const [row] = await store.db
      .select({
        id: bookings.id,
        state: stateNow(store, bookings),
        from: bookings.from_datetime,
        due: bookings.to_datetime,
        resource_id: handovers.resource_id,
        resource_type: handovers.resource_type,
      })
      .from(handovers)
      .innerJoin(bookings, eq(bookings.id, handovers.booking_id))
      .where(and(eq(handovers.resource_id, resourceId), isNull(handovers.returned)))
    return row
  }

  /** What the caller has of it, now or within a day. */
  async function findOwn(
    resourceId: string,
    { caller, now }: { caller: Caller; now: number },
  ): Promise<Own | undefined> {
    const state = stateNow(store, bookings)
    const isSoon = lte(items.from_datetime, now + day_ms)
    const [row] = await store.db
      .select({ id: bookings.id, state, from: bookings.from_datetime })
      .from(items)
      .innerJoin(bookings, eq(bookings.id, items.booking_id))
      .where(
        and(
          eq(items.resource_id, resourceId),
          eq(items.is_next, 0),
          eq(bookings.booked_for, caller.id),
          isNull(bookings.begun_until),
          isSoon,
          or(eq(bookings.state, 'checked_out'), gt(bookings.to_datetime, now)),
          inArray(state, ['confirmed', 'checked_out', 'late']),
        ),
      )
      .orderBy(asc(items.from_datetime))
      .limit(1)
    return row
  }
}

export type ReadResourceNow = ReturnType<typeof createResourceNow>

/** Whether it is free, and until when, by the first booking in the way. */
function readFree(refusal: ItemRefusal | undefined, now: number): Pick<Now, 'state' | 'until'> {
  if (!refusal) return { state: 'free', until: null }
  const [first] = refusal.conflicts
  const from = first?.from_datetime ?? null
  const isFree = from !== null && (readInstant(from) ?? 0) > now
  return isFree
    ? { state: 'free', until: from }
    : { state: 'taken', until: first?.to_datetime ?? null }
}
