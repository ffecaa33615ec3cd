import { and, eq, like, ne, sql } from 'drizzle-orm'
import { toServiceCaller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { toTypeTarget } from './policy/rules.ts'
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
      await renewScopes()
      await renewIn(handovers)
    }
    known = new Set(named)
  }

  /** By themselves, as an earlier release renewed only the names of types. */
  async function renewScopes(): Promise<void> {
    const { resource_type, quota_scope: scope } = booking_items
    const quota_scope = sql`${toTypeTarget('')} || ${resource_type}`
    const isOld = and(like(scope, toTypeTarget('%')), ne(scope, quota_scope))
    const scan = store.scan(id).db.select({ scope }).from(booking_items)
    if ((await scan.where(isOld).limit(1)).length === 0) return
    await store.db.update(booking_items).set({ quota_scope }).where(isOld)
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
        const [was, is] = [row.resource_type, types.get(row.resource_id)]
        if (is === undefined || is === was) continue
        const isOld = and(eq(resource_id, row.resource_id), eq(resource_type, was))
        await store.db.update(table).set({ resource_type: is }).where(isOld)
      }
    }
  }

  return { renew }
}
