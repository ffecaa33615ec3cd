import type { Columns } from '@campus/store/columns.ts'

/** The basis of reports. Times are milliseconds since 1970, as SQL sums them. */
export const reportTables = (c: Columns) => ({
  /** One narrow row for each item that counts, maintained by triggers on bookings and items. */
  booked_times: c.table(
    'booked_times',
    {
      booking_id: c.id('booking_id').notNull(),
      position: c.integer('position').notNull(),
      resource_id: c.id('resource_id').notNull(),
      booked_for: c.text('booked_for').notNull(),
      state: c.text('state').notNull(),
      from_ms: c.bytes('from_ms').notNull(),
      to_ms: c.bytes('to_ms').notNull(),
      /** When a request expires. */
      lapses_ms: c.bytes('lapses_ms'),
    },
    (t) => [
      c.unique('booked_time_item').on(t.booking_id, t.position),
      // Covers all a report reads, in the order it sums.
      c
        .index('booked_times_by_resource')
        .on(t.resource_id, t.state, t.from_ms, t.to_ms, t.lapses_ms),
      c
        .index('booked_times_by_person')
        .on(t.booked_for, t.state, t.from_ms, t.to_ms, t.lapses_ms, t.resource_id),
    ],
  ),
  /** Refused requests, summed by day, subject and rule. */
  refused_demand: c.table(
    'refused_demand',
    {
      /** Derived from the other three. */
      key: c.text('key').primaryKey(),
      /** In UTC, of the request. */
      day: c.instant('day').notNull(),
      /** `resource:…`, `type:…`, `person:…` */
      subject: c.text('subject').notNull(),
      /** The policy field, or `not_free`. */
      rule: c.text('rule').notNull(),
      requests: c.integer('requests').notNull(),
      asked_ms: c.bytes('asked_ms').notNull(),
    },
    (t) => [
      c.index('refused_demand_by_day').on(t.day),
      c.index('refused_demand_by_subject').on(t.subject, t.day),
    ],
  ),
})
