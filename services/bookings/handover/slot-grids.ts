import type { Context } from '../../../shared/context.ts'
import { readSlotGrid, type SlotGrid } from '../../../shared/slot-grid.ts'
import type { InventoryApi } from '../../inventory/index.ts'

/** Slots by type; empty while inventory is unavailable, which decides in the end. */
export function createReadGrids({ client }: Pick<Context, 'client'>) {
  return async function readGrids(): Promise<Map<string, SlotGrid>> {
    const { data } = await client<InventoryApi>('inventory').api.resource_types.get()
    const types = data ?? []
    return new Map(
      types.flatMap((type) => {
        const grid = readSlotGrid(type)
        return grid ? [[type.name, grid] as const] : []
      }),
    )
  }
}

export type ReadGrids = ReturnType<typeof createReadGrids>
