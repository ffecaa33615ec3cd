import type { Context } from '../../../shared/context.ts'
import type { InventoryTables } from '../tables.ts'
import { createHandOver } from './hand-over.ts'
import { createHeld } from './held.ts'
import { createHoldings } from './holdings.ts'

/** The bookings of a leaving user. */
export function createLeaving(context: Context, tables: InventoryTables) {
  const held = createHeld(context, tables)
  return {
    holdings: createHoldings(context, tables, held),
    ...createHandOver(context, tables, held),
  }
}
