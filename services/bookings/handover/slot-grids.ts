import type { Context } from '../../../shared/context.ts'
import { readInstant } from '../../../shared/instant.ts'
import type { InventoryApi } from '../../inventory/index.ts'

interface Grid {
  length_ms: number
  origin: number
}

/** Slots by type; empty while inventory is unavailable, which decides in the end. */
export function createReadGrids({ client }: Pick<Context, 'client'>) {
  return async function readGrids(): Promise<Map<string, Grid>> {
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

export type ReadGrids = ReturnType<typeof createReadGrids>

/** When the slot of that time begins. */
export function toSlotStart(time: number, grid: Grid | undefined): number {
  if (!grid) return time
  return grid.origin + Math.floor((time - grid.origin) / grid.length_ms) * grid.length_ms
}

/** The first end of a slot at or after that time. */
export function toSlotEnd(time: number, grid: Grid | undefined): number {
  if (!grid) return time
  return grid.origin + Math.ceil((time - grid.origin) / grid.length_ms) * grid.length_ms
}
