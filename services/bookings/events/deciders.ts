import { and, eq, inArray } from 'drizzle-orm'
import type { BookingDeciders } from '../../../shared/schemas/booking-event.ts'
import type { Store } from '@campus/store/store.ts'
import type { Policies } from '../policies.ts'
import type { BookingsTables, ItemRow } from '../tables.ts'

type Place = Pick<ItemRow, 'resource_id' | 'resource_type'>

/**
 * The groups that may decide about bookings, those that manage all of the resources; and those that
 * are to hear of damage, which manage what is damaged.
 */
export function createDeciders(
  { db }: Store,
  { booking_items: items, handovers }: BookingsTables,
  policies: Pick<Policies, 'now'>,
) {
  return async function findDeciders(ids: string[]): Promise<BookingDeciders> {
    const [{ ofResource }, rows, damages] = await Promise.all([
      policies.now(),
      db
        .select()
        .from(items)
        .where(and(inArray(items.booking_id, ids), eq(items.is_next, 0))),
      db
        .select()
        .from(handovers)
        .where(and(inArray(handovers.booking_id, ids), eq(handovers.in_condition, 'damaged'))),
    ])
    const ofBooking = Map.groupBy(damages, ({ booking_id }) => booking_id)
    const managing = ({ resource_id: id, resource_type: type }: Place) => {
      const { rights = [] } = ofResource({ id, type }).rules
      return rights.flatMap(({ group, may }) => (may === 'manage' && group !== null ? group : []))
    }
    return [...Map.groupBy(rows, ({ booking_id }) => booking_id)].map(([booking_id, own]) => {
      const [first = [], ...others] = own.map(managing)
      const groups = first.filter((group) => others.every((some) => some.includes(group)))
      const damaged = (ofBooking.get(booking_id) ?? []).map((place) => {
        return { resource_id: place.resource_id, groups: [...new Set(managing(place))] }
      })
      return { booking_id, groups: [...new Set(groups)], damaged }
    })
  }
}
