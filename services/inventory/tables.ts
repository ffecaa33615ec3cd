import { isNull } from 'drizzle-orm'
import { idempotencyTable } from '../../shared/idempotency.ts'
import type { Columns } from '../../shared/store/columns.ts'

/**
 * What inventory keeps. The keys, the overlap rule and the triggers that write `events` are SQL,
 * in migrations/.
 */
export const inventoryTables = (c: Columns) => ({
  resources: c.table(
    'resources',
    {
      /** What allocations refer to: four bytes where the id has sixteen. Never leaves here. */
      number: c.number('number'),
      id: c.id('id').notNull().unique(),
      resource_type: c.text('resource_type').notNull(),
      name: c.text('name').notNull(),
      properties: c.text('properties').notNull(),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
      decommissioned: c.instant('decommissioned'),
    },
    (t) => [
      c.unique('resource_name_in_type').on(t.resource_type, t.name).where(isNull(t.decommissioned)),
    ],
  ),
  allocations: c.table('allocations', {
    id: c.id('id').notNull(),
    resource_number: c.integer('resource_number').notNull(),
    from_datetime: c.instant('from_datetime').notNull(),
    to_datetime: c.instant('to_datetime').notNull(),
    allocation_type: c.text('allocation_type').notNull(),
    description: c.text('description').notNull(),
    dump: c.text('dump').notNull(),
    created: c.instant('created').notNull(),
    created_by: c.text('created_by').notNull(),
    version: c.integer('version').notNull().default(1),
    /** Whose booking it is; null: that of who made it. */
    booked_for: c.text('booked_for'),
    reference: c.text('reference'),
  }),
  events: c.table('events', {
    id: c.integer('id').notNull(),
    transaction: c.transaction('transaction'),
    kind: c.text('kind').notNull(),
    resource_number: c.integer('resource_number').notNull(),
    allocation_id: c.id('allocation_id'),
    from_datetime: c.instant('from_datetime'),
    to_datetime: c.instant('to_datetime'),
    happened: c.instant('happened').notNull(),
  }),
  idempotency_keys: idempotencyTable(c),
})

export type InventoryTables = ReturnType<typeof inventoryTables>
export type ResourceRow = InventoryTables['resources']['$inferSelect']
export type AllocationRow = InventoryTables['allocations']['$inferSelect']

/** The allocation that takes a resource out of service, from a moment on and for ever. */
export const decommissioned = 'decommissioned'
