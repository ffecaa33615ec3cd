import { isNull } from 'drizzle-orm'
import type { Columns } from '@campus/store/columns.ts'

/** Handovers of resources, and printed codes. Their triggers are SQL. */
export const handoverTables = (c: Columns) => ({
  handovers: c.table(
    'handovers',
    {
      id: c.id('id').notNull().primaryKey(),
      booking_id: c.id('booking_id').notNull(),
      resource_id: c.id('resource_id').notNull(),
      resource_type: c.text('resource_type').notNull(),
      checked_out: c.instant('checked_out').notNull(),
      checked_out_by: c.text('checked_out_by').notNull(),
      out_odometer: c.integer('out_odometer'),
      out_fuel: c.integer('out_fuel'),
      out_condition: c.text('out_condition'),
      /** Hashes of files, as JSON. */
      out_files: c.text('out_files').notNull().default('[]'),
      out_note: c.text('out_note').notNull().default(''),
      /** Null while it is checked out. */
      returned: c.instant('returned'),
      returned_by: c.text('returned_by'),
      in_odometer: c.integer('in_odometer'),
      in_fuel: c.integer('in_fuel'),
      in_condition: c.text('in_condition'),
      in_files: c.text('in_files').notNull().default('[]'),
      in_note: c.text('in_note').notNull().default(''),
      version: c.integer('version').notNull().default(1),
    },
    (t) => [
      c.unique('handover_of_booking').on(t.booking_id, t.resource_id),
      /** Only one user can have it checked out. */
      c.unique('handover_out').on(t.resource_id).where(isNull(t.returned)),
      c.index('handovers_by_resource').on(t.resource_id, t.checked_out),
      c.index('handovers_by_time').on(t.checked_out, t.id),
      c.index('handovers_by_giver').on(t.checked_out_by),
      c.index('handovers_by_taker').on(t.returned_by),
    ],
  ),
  /** Former versions of corrected handovers, written by a trigger. */
  handover_corrections: c.table(
    'handover_corrections',
    {
      handover_id: c.id('handover_id').notNull(),
      version: c.integer('version').notNull(),
      corrected: c.instant('corrected').notNull(),
      /** Null if edited by hand. */
      corrected_by: c.text('corrected_by'),
      reason: c.text('reason'),
      /** The former values by column name, as JSON. */
      was: c.text('was').notNull().default('{}'),
    },
    (t) => [
      c.unique('handover_correction').on(t.handover_id, t.version),
      c.index('corrections_by_person').on(t.corrected_by),
    ],
  ),
  resource_codes: c.table('resource_codes', {
    code: c.text('code').primaryKey(),
    resource_id: c.id('resource_id').notNull(),
  }),
})
