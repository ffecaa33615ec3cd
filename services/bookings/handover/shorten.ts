import type { SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { BookingsTables, ItemRow } from '../tables.ts'
import { toSlotEnd } from '../../../shared/slot-grid.ts'
import type { ReadGrids } from './slot-grids.ts'

/** An early return gives back the rest of its time: all of it, or whole slots only. */
export function createShorten(
  { store }: Pick<Context, 'store'>,
  { booking_items: items }: BookingsTables,
  readGrids: ReadGrids,
) {
  /**
   * The new places of its items; inventory is told as for any move.
   * @returns undefined if there is nothing to give back
   */
  return async function shorten(rows: ItemRow[], now: number): Promise<SQL | undefined> {
    const grids = await readGrids()
    const next = rows.map((item) => {
      const end = toSlotEnd(Math.max(now, item.from_datetime + 1), grids.get(item.resource_type))
      const to_datetime = item.lost === null ? Math.min(end, item.to_datetime) : item.to_datetime
      return { ...item, is_next: 1, check_in_by: null, to_datetime }
    })
    const isSame = next.every(({ to_datetime }, at) => to_datetime === rows[at]?.to_datetime)
    return isSame ? undefined : store.db.insert(items).values(next).getSQL()
  }
}

export type Shorten = ReturnType<typeof createShorten>
