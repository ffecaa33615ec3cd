import type { Columns } from '@campus/store/columns.ts'

export const historyTables = (c: Columns) => ({
  /** Events in commit order; written by triggers. */
  events: c.table('events', {
    id: c.integer('id').notNull(),
    transaction: c.transaction('transaction'),
    kind: c.text('kind').notNull(),
    resource_number: c.integer('resource_number').notNull(),
    allocation_id: c.id('allocation_id'),
    from_datetime: c.instant('from_datetime'),
    to_datetime: c.instant('to_datetime'),
    happened: c.instant('happened').notNull(),
    /** Who changed the resource; of allocations the version says who. */
    signed_by: c.text('signed_by'),
    /** The version of an allocation that ended with it. */
    former: c.bytes('former'),
    buffer_before_seconds: c.integer('buffer_before_seconds').notNull().default(0),
    buffer_after_seconds: c.integer('buffer_after_seconds').notNull().default(0),
  }),
  /** Rows of `allocations` as they were; triggers write them. */
  allocation_versions: c.table('allocation_versions', {
    number: c.bytes('number').primaryKey(),
    allocation_id: c.id('allocation_id').notNull(),
    resource_number: c.integer('resource_number').notNull(),
    from_datetime: c.instant('from_datetime').notNull(),
    to_datetime: c.instant('to_datetime').notNull(),
    allocation_type: c.text('allocation_type').notNull(),
    description: c.text('description').notNull(),
    dump: c.text('dump').notNull(),
    created: c.instant('created').notNull(),
    created_by: c.text('created_by').notNull(),
    version: c.integer('version').notNull(),
    booked_for: c.text('booked_for'),
    reference: c.text('reference'),
    held_until: c.instant('held_until'),
    valid_from: c.instant('valid_from').notNull(),
    valid_to: c.instant('valid_to').notNull(),
    /** What ended it: moved, released, … */
    change: c.text('change').notNull(),
    /** The user who did it; null: SQL by hand, or an expiry. */
    changed_by: c.text('changed_by'),
    /** The class of its length; see reach.ts. */
    reach: c.integer('reach').notNull(),
    buffer_before_seconds: c.integer('buffer_before_seconds').notNull().default(0),
    buffer_after_seconds: c.integer('buffer_after_seconds').notNull().default(0),
  }),
  /** One row: versions that ended earlier are not known. */
  history_start: c.table('history_start', { began: c.instant('began').notNull() }),
})
