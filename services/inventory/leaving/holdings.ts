import { asc, count, desc, eq } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { BookingHoldings } from '../../../shared/schemas/leaving.ts'
import { toAllocation } from '../booking.ts'
import type { InventoryTables } from '../tables.ts'
import type { Held } from './held.ts'

const shownMax = 10
const resourcesMax = 20

/** What somebody has booked and waits for, from now on. */
export function createHoldings({ store }: Context, tables: InventoryTables, held: Held) {
  const { allocations, resources, waitlist } = tables
  const isOf = eq(resources.number, allocations.resource_number)

  return async function list(user: string): Promise<BookingHoldings> {
    const { db } = store.scan(user)
    const own = held.ownBookings(user)
    const total = db
      .select({ count: count(), held: count(allocations.held_until) })
      .from(allocations)
      .where(own)
    const most = db
      .select({ resource: resources, count: count() })
      .from(allocations)
      .innerJoin(resources, isOf)
      .where(own)
      .groupBy(resources.number)
      .orderBy(desc(count()), asc(resources.number))
      .limit(resourcesMax)
    const first = db
      .select({ row: allocations, resource: resources })
      .from(allocations)
      .innerJoin(resources, isOf)
      .where(own)
      .orderBy(asc(allocations.from_datetime), asc(allocations.id))
      .limit(shownMax)
    const [counted] = await total
    const waits = db.select({ count: count() }).from(waitlist).where(held.ownWaits(user))
    const [waiting] = await waits
    return {
      count: Number(counted?.count ?? 0),
      held: Number(counted?.held ?? 0),
      waiting: Number(waiting?.count ?? 0),
      resources: (await most).map(({ resource, count: of }) => ({
        resource_type: resource.resource_type,
        resource_id: resource.id,
        name: resource.name,
        count: Number(of),
      })),
      next: (await first).map(({ row, resource }) =>
        toAllocation(row, { name: resource.resource_type }, resource.id),
      ),
    }
  }
}
