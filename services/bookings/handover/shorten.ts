import type { SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { readInstant } from '../../../shared/instant.ts'
import type { InventoryApi } from '../../inventory/index.ts'
import type { BookingsTables, ItemRow } from '../tables.ts'

interface Grid {
  length_ms: number
  origin: number
}

/** An early return gives back the rest of its time: all of it, or whole slots only. */
export function createShorten(
  { store, client }: Pick<Context, 'store' | 'client'>,
  { booking_items: items }: BookingsTables,
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

  /** Slots by type; empty while inventory is unavailable, which decides in the end. */
  async function readGrids(): Promise<Map<string, Grid>> {
    const { data } = await client<InventoryApi>('inventory').api.resource_types.get()
    return new Map(
      (data ?? []).flatMap(({ name, slot_seconds, slot_origin }) => {
        const origin = readInstant(slot_origin ?? '')
        if (slot_seconds == null || origin === undefined) return []
        return [[name, { length_ms: slot_seconds * 1000, origin }] as const]
      }),
    )
  }
}

export type Shorten = ReturnType<typeof createShorten>

function toSlotEnd(time: number, grid: Grid | undefined): number {
  if (!grid) return time
  return grid.origin + Math.ceil((time - grid.origin) / grid.length_ms) * grid.length_ms
}
