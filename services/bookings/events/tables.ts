import { isNotNull } from 'drizzle-orm'
import type { Columns } from '@campus/store/columns.ts'

/** Booking events, written by triggers in the commit that caused them. */
export const eventTables = (c: Columns) => ({
  booking_events: c.table(
    'booking_events',
    {
      id: c.number('id'),
      transaction: c.transaction('transaction'),
      /** Such as `booking.approved`. */
      kind: c.text('kind').notNull(),
      booking_id: c.id('booking_id').notNull(),
      happened: c.instant('happened').notNull(),
      /** Null: the person it is for, or nobody if it happened by itself or is damage. */
      changed_by: c.text('changed_by'),
      /** Former values of what changed: title, from, to, as JSON. */
      was: c.text('was'),
      /** The previous person, if it was given to another. */
      was_for: c.text('was_for'),
      series_id: c.id('series_id'),
      /** The change or decision of the series that it belongs to. */
      done_with: c.id('done_with'),
      /** What is damaged. */
      handover_id: c.id('handover_id'),
    },
    (t) => [
      c.index('booking_events_of_series').on(t.series_id, t.happened).where(isNotNull(t.series_id)),
      // For removing a person's id.
      c.index('booking_events_by_another').on(t.changed_by).where(isNotNull(t.changed_by)),
      c.index('booking_events_handed_over').on(t.was_for).where(isNotNull(t.was_for)),
    ],
  ),
  /** Events to publish once inventory has agreed. */
  booking_tentative: c.table('booking_tentative', {
    booking_id: c.id('booking_id').notNull().primaryKey(),
    kind: c.text('kind').notNull(),
  }),
})

export type BookingEventRow = ReturnType<typeof eventTables>['booking_events']['$inferSelect']
