import type { Columns } from '@campus/store/columns.ts'

/** What is known of allocations that a service made, beyond the rows. Triggers are SQL. */
export const reservationTables = (c: Columns) => ({
  /** The last move of each that was decided; gone with the allocation. */
  reservation_moves: c.table('reservation_moves', {
    allocation_id: c.id('allocation_id').notNull().primaryKey(),
    fence: c.integer('fence').notNull(),
    /** 0: refused. */
    is_moved: c.integer('is_moved').notNull(),
    /** Of the last change for which it was held longer, or confirmed. */
    kept: c.integer('kept').notNull().default(0),
  }),
  /** Deleted by somebody else than their service, which has yet to take note of it. */
  taken_reservations: c.table('taken_reservations', {
    allocation_id: c.id('allocation_id').notNull().primaryKey(),
    service: c.text('service').notNull(),
  }),
  /** Made, and their service has yet to say that it knows of it. */
  new_reservations: c.table('new_reservations', {
    allocation_id: c.id('allocation_id').notNull().primaryKey(),
    service: c.text('service').notNull(),
  }),
})
