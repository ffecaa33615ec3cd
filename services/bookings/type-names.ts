import { and, eq, ne } from 'drizzle-orm'
import { toServiceCaller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import type { Reservations } from './reservations.ts'
import type { BookingsTables } from './tables.ts'

// Of one request.
const idsAtOnce = 500

/**
 * Bookings keep the names that types have when they are made. A type without policies can be
 * renamed, and another one get its name: once a policy names a type, what is booked has to.
 */
export function createTypeNames(
  { store }: Pick<Context, 'store'>,
  { booking_items, handovers }: BookingsTables,
  reservations: Pick<Reservations, 'see'>,
) {
  const { id } = toServiceCaller('bookings')
  let known = new Set<string>()

  /** Stores the current names. @param named the types with policies, which keep their names */
  async function renew(named: readonly string[]): Promise<void> {
    if (named.some((name) => !known.has(name))) {
      await renewIn(booking_items)
      await renewIn(handovers)
    }
    known = new Set(named)
  }

  async function renewIn(table: typeof booking_items | typeof handovers): Promise<void> {
    const { resource_id, resource_type } = table
    const stored = await store
      .scan(id)
      .db.selectDistinct({ resource_id, resource_type })
      .from(table)
    while (stored.length > 0) {
      const some = stored.splice(0, idsAtOnce)
      const ids = [...new Set(some.map((row) => row.resource_id))]
      const { types } = await reservations.see(ids, { id, groups: null })
      for (const row of some) {
        const name = types.get(row.resource_id) ?? row.resource_type
        if (name === row.resource_type) continue
        const isOld = and(eq(resource_id, row.resource_id), ne(resource_type, name))
        await store.db.update(table).set({ resource_type: name }).where(isOld)
      }
    }
  }

  return { renew }
}
