import { and, eq, inArray } from 'drizzle-orm'
import type { BookingDeciders } from '../../../shared/schemas/booking-event.ts'
import type { Store } from '@campus/store/store.ts'
import type { Policies } from '../policies.ts'
import type { BookingsTables } from '../tables.ts'

/** The groups that may decide about bookings: those that manage all of the resources. */
export function createDeciders(
  { db }: Store,
  { booking_items: items }: BookingsTables,
  policies: Pick<Policies, 'now'>,
) {
  return async function findDeciders(ids: string[]): Promise<BookingDeciders> {
    const [{ ofResource }, rows] = await Promise.all([
      policies.now(),
      db
        .select()
        .from(items)
        .where(and(inArray(items.booking_id, ids), eq(items.is_next, 0))),
    ])
    const managing = ({ resource_id: id, resource_type: type }: (typeof rows)[number]) => {
      const { rights = [] } = ofResource({ id, type }).rules
      return rights.flatMap(({ group, may }) => (may === 'manage' && group !== null ? group : []))
    }
    return [...Map.groupBy(rows, ({ booking_id }) => booking_id)].map(([booking_id, own]) => {
      const [first = [], ...others] = own.map(managing)
      const groups = first.filter((group) => others.every((some) => some.includes(group)))
      return { booking_id, groups: [...new Set(groups)] }
    })
  }
}
