import type { Columns } from '../../../shared/store/columns.ts'

/** What reports are made of. Times are milliseconds since 1970, as SQL adds them up. */
export const reportTables = (c: Columns) => ({
  /** One narrow row for each item that counts, kept by triggers on bookings and their items. */
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
      // All that a report reads, in the order in which it adds up.
      c
        .index('booked_times_by_resource')
        .on(t.resource_id, t.state, t.from_ms, t.to_ms, t.lapses_ms),
      c
        .index('booked_times_by_person')
        .on(t.booked_for, t.state, t.from_ms, t.to_ms, t.lapses_ms, t.resource_id),
    ],
  ),
  /** What was asked for in vain, added up by day, subject and rule. */
  refused_demand: c.table(
    'refused_demand',
    {
      /** Of the other three. */
      key: c.text('key').primaryKey(),
      /** UTC, when it was asked for. */
      day: c.instant('day').notNull(),
      /** `resource:…`, `type:…`, `person:…` */
      subject: c.text('subject').notNull(),
      /** The field of the policy, or `not_free`. */
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
