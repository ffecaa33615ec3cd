import { and, asc, eq, gt, inArray, isNull, lte, or } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { ResourceNow } from '../../../shared/schemas/handover.ts'
import type { Policies } from '../policies.ts'
import { toViewer, type Reservations } from '../reservations.ts'
import { toAsker, type Rulebook } from '../rulebook.ts'
import { isOut, stateNow } from '../state.ts'
import type { BookingsTables } from '../tables.ts'
import { limitFree, offerFree, readFree } from './free-until.ts'
import { day_ms, hour_ms } from '../../../shared/duration.ts'

interface Dependencies {
  policies: Pick<Policies, 'now'>
  reservations: Reservations
  rulebook: Rulebook
}

// Before that, somebody in front of it rather wants to take it for a short time.
const early_ms = hour_ms

type Now = Omit<ResourceNow, 'code' | 'resource_id'>

interface Own {
  id: string
  state: string
  from: number
}

/** The state of a resource for a person in front of it. */
export function createResourceNow(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { bookings, booking_items: items, handovers }: BookingsTables,
  { policies, reservations, rulebook }: Dependencies,
) {
  /** @returns undefined if the caller can see no such resource */
  return async function readNow(id: string, caller: Caller): Promise<Now | undefined> {
    const now = clock()
    const { refused, chosen } = await reservations.look({
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
    const type = refusal?.resource_type ?? chosen[0]?.resource_type ?? ''
    const { rules } = (await policies.now()).ofResource({ id, type })
    const free = readFree(refusal, now)
    const freeUntil = free.isFree ? limitFree(rules, { now, until: free.until }) : free.until
    const isLate = out !== undefined && out.due <= now
    const state = out ? (isLate ? 'late' : 'out') : free.isFree ? 'free' : 'taken'
    const until = out ? (isLate ? null : out.due) : freeUntil
    const asked = { asker: toAsker(caller), now, until: free.isFree ? freeUntil : null }
    const offers: ResourceNow['offers'] = offerFree(rules, asked).filter(
      (offer) => offer !== 'take' || state === 'free',
    )
    if (booking && isOut(booking.state)) offers.push('return')
    // Early, while nothing is in between.
    const isNext = free.isFree && free.until === booking?.from && booking.from <= now + early_ms
    const isItsTime = booking !== undefined && (booking.from <= now || isNext)
    if (booking?.state === 'confirmed' && isItsTime && !out) offers.push('check_out')
    return {
      state,
      until: until === null ? null : toInstant(until),
      booking_id: booking?.id ?? null,
      offers,
    }
  }

  /** The booking that has it checked out. */
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

  /** The caller's bookings of it, now or within a day. */
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
