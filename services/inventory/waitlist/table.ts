import { isNotNull, isNull, sql } from 'drizzle-orm'
import type { Columns } from '@campus/store/columns.ts'

/** The tables of the waiting list. The triggers in migrations/ decide who is served. */
export const waitlistTables = (c: Columns) => ({
  waitlist: c.table(
    'waitlist',
    {
      /** The order of the queue. Never exposed. */
      number: c.number('number'),
      /** Also that of the allocation it becomes. */
      id: c.id('id').notNull().unique(),
      type_number: c.integer('type_number').notNull(),
      /** 0: any of the type. */
      resource_number: c.integer('resource_number').notNull().default(0),
      /** `WaitCondition[]` as JSON. */
      conditions: c.text('conditions').notNull().default('[]'),
      earliest: c.instant('earliest').notNull(),
      /** The latest start; `latest` is the latest end, so the difference is the duration. */
      latest_start: c.instant('latest_start').notNull(),
      latest: c.instant('latest').notNull(),
      until: c.instant('until').notNull(),
      /** Null: it becomes a booking, not a hold. */
      hold_seconds: c.integer('hold_seconds'),
      description: c.text('description').notNull().default(''),
      reference: c.text('reference'),
      created: c.instant('created').notNull(),
      created_by: c.text('created_by').notNull(),
      booked_for: c.text('booked_for'),
      /** The groups of the user who joined, for restricted resources; null: sees all. */
      sees: c.text('sees').default('[]'),
      /**
       * Whether what was free before it joined has been searched. 0: no, 2: in progress, 1: yes.
       */
      checked: c.integer('checked').notNull().default(0),
      /** When it was served, or expired. */
      closed: c.instant('closed'),
      served_resource: c.integer('served_resource'),
      served_from: c.instant('served_from'),
    },
    (t) => [
      c
        .index('waitlist_queue')
        .on(t.type_number, t.resource_number, t.number)
        .where(isNull(t.closed)),
      c
        .index('waitlist_unchecked')
        .on(t.number)
        .where(sql`closed IS NULL AND checked <> 1`),
      c.index('waitlist_until').on(t.until).where(isNull(t.closed)),
      c.index('waitlist_closed').on(t.closed).where(isNotNull(t.closed)),
    ],
  ),
  /** Spans inserted here are offered to the waiting list, and not stored. */
  waitlist_turns: c.table('waitlist_turns', {
    resource_number: c.integer('resource_number').notNull(),
    from_datetime: c.instant('from_datetime').notNull(),
    to_datetime: c.instant('to_datetime').notNull(),
  }),
})
