import { isNotNull } from 'drizzle-orm'
import type { Columns } from '../../../shared/store/columns.ts'

/** What happened to bookings, written by triggers in the commit that did it. */
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
      /** Null: whoever it is for, or nobody where it came to be by itself. */
      changed_by: c.text('changed_by'),
      /** The former values of what changed: title, from, to, as JSON. */
      was: c.text('was'),
      /** Whom it was for before it was given to another. */
      was_for: c.text('was_for'),
      series_id: c.id('series_id'),
      /** The change or decision of the series that it is part of. */
      done_with: c.id('done_with'),
    },
    (t) => [
      c.index('booking_events_of_series').on(t.series_id, t.happened).where(isNotNull(t.series_id)),
      // To forget a person.
      c.index('booking_events_by_another').on(t.changed_by).where(isNotNull(t.changed_by)),
      c.index('booking_events_handed_over').on(t.was_for).where(isNotNull(t.was_for)),
    ],
  ),
  /** What is to be said of a booking once inventory agreed to it. */
  booking_tentative: c.table('booking_tentative', {
    booking_id: c.id('booking_id').notNull().primaryKey(),
    kind: c.text('kind').notNull(),
  }),
})

export type BookingEventRow = ReturnType<typeof eventTables>['booking_events']['$inferSelect']
