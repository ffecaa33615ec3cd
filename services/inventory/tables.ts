import { isNotNull, isNull } from 'drizzle-orm'
import { dailyCountsTable } from '../../shared/daily-limit.ts'
import { idempotencyTable } from '../../shared/idempotency.ts'
import { refoldTable } from '../../shared/refold.ts'
import type { Columns } from '@campus/store/columns.ts'
import { waitlistTables } from './waitlist/table.ts'
import { historyTables } from './history/tables.ts'
import { reservationTables } from './reservations/tables.ts'

/** The buffers around a booking. */
const buffers = (c: Columns) => ({
  buffer_before_seconds: c.integer('buffer_before_seconds').notNull().default(0),
  buffer_after_seconds: c.integer('buffer_after_seconds').notNull().default(0),
})

const resourceTypesTable = (c: Columns) =>
  c.table('resource_types', {
    number: c.number('number'),
    id: c.id('id').notNull().unique(),
    name: c.text('name').notNull().unique(),
    plural: c.text('plural').notNull(),
    segment: c.text('segment').notNull().unique(),
    /** The grid of an interval type; null where any span can be booked. */
    slot_seconds: c.integer('slot_seconds'),
    slot_origin: c.instant('slot_origin'),
    property_schema: c.text('property_schema').notNull(),
    /** 1: one of resource-types.ts, whose paths are in the code. */
    declared: c.integer('declared').notNull().default(0),
    /** The service through which members book; null: they book here. */
    managed_by: c.text('managed_by'),
    created: c.instant('created').notNull(),
    version: c.integer('version').notNull().default(1),
    ...buffers(c),
  })

/**
 * The tables of inventory. Keys, the overlap rule and the triggers that write `events` are SQL, in
 * migrations/.
 */
export const inventoryTables = (c: Columns) => ({
  resource_types: resourceTypesTable(c),
  resources: c.table(
    'resources',
    {
      /** The key allocations refer to: four bytes instead of sixteen. Never exposed. */
      number: c.number('number'),
      id: c.id('id').notNull().unique(),
      resource_type: c.text('resource_type').notNull(),
      name: c.text('name').notNull(),
      properties: c.text('properties').notNull(),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
      decommissioned: c.instant('decommissioned'),
      note: c.text('note').notNull().default(''),
      photo: c.text('photo'),
      time_zone: c.text('time_zone'),
      /** The groups that may see it, as JSON; empty: administrators only; null: everybody. */
      visible_to: c.text('visible_to'),
      /** The folded name, for the search; null when the row was inserted by hand. */
      search_name: c.text('search_name'),
      /** Null: those of the type. */
      buffer_before_seconds: c.integer('buffer_before_seconds'),
      buffer_after_seconds: c.integer('buffer_after_seconds'),
    },
    (t) => [
      c.unique('resource_name_in_type').on(t.resource_type, t.name).where(isNull(t.decommissioned)),
      // Unique by the folded name. Rows by hand have none, and are unique by the name itself.
      c
        .unique('resource_alike_in_type')
        .on(t.resource_type, t.search_name)
        .where(isNull(t.decommissioned)),
      c.index('resources_retired').on(t.resource_type, t.name).where(isNotNull(t.decommissioned)),
    ],
  ),
  allocations: c.table('allocations', {
    id: c.id('id').notNull(),
    resource_number: c.integer('resource_number').notNull(),
    /** Its bounds include its buffers; see buffers.ts for the span people see. */
    from_datetime: c.instant('from_datetime').notNull(),
    to_datetime: c.instant('to_datetime').notNull(),
    allocation_type: c.text('allocation_type').notNull(),
    description: c.text('description').notNull(),
    dump: c.text('dump').notNull(),
    created: c.instant('created').notNull(),
    created_by: c.text('created_by').notNull(),
    version: c.integer('version').notNull().default(1),
    /** The user it is for; null: its creator. */
    booked_for: c.text('booked_for'),
    reference: c.text('reference'),
    /** When the hold ends; null: confirmed. */
    held_until: c.instant('held_until'),
    ...buffers(c),
  }),
  ...waitlistTables(c),
  ...historyTables(c),
  ...reservationTables(c),
  idempotency_keys: idempotencyTable(c),
  refold: refoldTable(c),
  daily_counts: dailyCountsTable(c),
})

export type InventoryTables = ReturnType<typeof inventoryTables>
export type ResourceTypeRow = InventoryTables['resource_types']['$inferSelect']
export type ResourceRow = InventoryTables['resources']['$inferSelect']
export type WaitlistRow = InventoryTables['waitlist']['$inferSelect']
export type VersionRow = InventoryTables['allocation_versions']['$inferSelect']
export type AllocationRow = InventoryTables['allocations']['$inferSelect']

/** The allocation that takes a resource out of service, until it ends. */
export const decommissioned = 'decommissioned'
