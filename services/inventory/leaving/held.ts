import { and, inArray, isNull, ne, notLike, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { HandOver } from '../../../shared/schemas/leaving.ts'
import { shownBounds } from '../buffers.ts'
import { decommissioned, type InventoryTables } from '../tables.ts'
import { isLive } from '../touches.ts'

/** All that somebody has, or what was chosen of it. */
export type Chosen = NonNullable<HandOver['bookings']>

/** A user's bookings from now on: by `booked_for`, else by creator. */
export function createHeld({ store, clock }: Context, tables: InventoryTables) {
  const { allocations, waitlist } = tables
  const shown = shownBounds(store.columns, tables)
  const { booked_for, created_by, id, to_datetime, allocation_type } = allocations
  const owner = sql`coalesce(${booked_for}, ${created_by})`
  const waiting = sql`coalesce(${waitlist.booked_for}, ${waitlist.created_by})`

  return {
    ownBookings: (user: string, chosen: Chosen = true): SQL | undefined =>
      and(
        sql`${owner} = ${user}`,
        sql`${shown.to} > ${sql.param(clock(), to_datetime)}`,
        ne(allocation_type, decommissioned),
        // What a service made for them, only that service hands over.
        notLike(created_by, 'service:%'),
        isLive(store, allocations),
        chosen === true ? undefined : inArray(id, chosen),
      ),
    ownWaits: (user: string): SQL | undefined =>
      and(sql`${waiting} = ${user}`, isNull(waitlist.closed)),
    isOwner: (user: string): SQL => sql`${owner} = ${user}`,
  }
}

export type Held = ReturnType<typeof createHeld>
