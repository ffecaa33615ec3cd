import { isNotNull } from 'drizzle-orm'
import type { Columns } from '@campus/store/columns.ts'

/** Recurring bookings. Each booking has its own person; a series has that of the whole. */
export const seriesTables = (c: Columns) => ({
  booking_series: c.table(
    'booking_series',
    {
      id: c.id('id').notNull().primaryKey(),
      rule: c.text('rule').notNull(),
      time_zone: c.text('time_zone').notNull(),
      /** The requested items as JSON, used again for skipped days. */
      items: c.text('items').notNull(),
      /** Types by their names in `items`, as JSON; null if made by an earlier release. */
      type_ids: c.text('type_ids'),
      created: c.instant('created').notNull(),
      created_by: c.text('created_by').notNull().default(''),
      booked_for: c.text('booked_for').notNull().default(''),
      title: c.text('title').notNull().default(''),
      note: c.text('note').notNull().default(''),
      /** Its state once its bookings are moved, as JSON: see `SeriesChange`. */
      changing: c.text('changing'),
      /** Of the series itself; see `toVersion`. */
      version: c.integer('version').notNull().default(1),
    },
    (t) => [
      c.index('booking_series_by_person').on(t.booked_for),
      c.index('booking_series_by_creator').on(t.created_by),
    ],
  ),
  booking_occurrences: c.table(
    'booking_occurrences',
    {
      series_id: c.id('series_id').notNull(),
      /** The local day of its start by the rule. */
      date: c.text('date').notNull(),
      from_datetime: c.instant('from_datetime').notNull(),
      to_datetime: c.instant('to_datetime').notNull(),
      /** Null if this day was skipped. */
      booking_id: c.id('booking_id'),
    },
    (t) => [
      c.unique('booking_occurrence_date').on(t.series_id, t.date),
      c.index('booking_occurrences_by_booking').on(t.booking_id).where(isNotNull(t.booking_id)),
    ],
  ),
})
