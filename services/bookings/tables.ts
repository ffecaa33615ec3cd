import { isNotNull, sql } from 'drizzle-orm'
import { idempotencyTable } from '../../shared/idempotency.ts'
import { refoldTable } from '../../shared/refold.ts'
import type { Columns } from '@campus/store/columns.ts'
import { attachmentTables } from './attachments/tables.ts'
import { calendarTables } from './calendars/tables.ts'
import { displayTables } from './displays/tables.ts'
import { eventTables } from './events/tables.ts'
import { handoverTables } from './handover/tables.ts'
import { policyTables } from './policy/tables.ts'
import { seriesTables } from './series/tables.ts'
import { reportTables } from './usage/tables.ts'

/** What bookings stores: who has what and why. Only inventory knows what is free. */
export const bookingsTables = (c: Columns) => ({
  bookings: c.table(
    'bookings',
    {
      id: c.id('id').notNull().primaryKey(),
      number: c.text('number').notNull(),
      state: c.text('state').notNull(),
      title: c.text('title').notNull(),
      note: c.text('note').notNull(),
      from_datetime: c.instant('from_datetime').notNull(),
      to_datetime: c.instant('to_datetime').notNull(),
      booked_for: c.text('booked_for').notNull(),
      created_by: c.text('created_by').notNull(),
      created: c.instant('created').notNull(),
      /** When an undecided request expires. */
      decide_by: c.instant('decide_by'),
      /** When it lapses unless it is checked out; null: never. */
      check_in_by: c.instant('check_in_by'),
      decided_by: c.text('decided_by'),
      reason: c.text('reason'),
      version: c.integer('version').notNull().default(1),
      /** Since when this row has to be reported to inventory; null if it knows. */
      unsettled: c.instant('unsettled'),
      /** While it is being created: when its hold ends. Invisible, and void after that. */
      begun_until: c.instant('begun_until'),
      /** The request that created it: its stored response is removed if it is undone. */
      request_key: c.text('request_key'),
      /** The series it belongs to. */
      series_id: c.id('series_id'),
      /** Texts and deadline that take effect once it is moved, as JSON; null: unchanged. */
      moving: c.text('moving'),
      /** The change of a series that it is part of: all of it, or none. */
      moving_with: c.id('moving_with'),
      /** Who made the last change. */
      changed_by: c.text('changed_by').notNull(),
      search_text: c.text('search_text').notNull(),
    },
    (t) => [
      c.unique('booking_number').on(t.number),
      c.index('bookings_by_start').on(t.from_datetime, t.id),
      c.index('bookings_by_person').on(t.booked_for, t.from_datetime),
      c.index('bookings_by_end').on(t.booked_for, t.to_datetime),
      c
        .index('bookings_out')
        .on(t.from_datetime, t.id)
        .where(sql`${t.state} = 'checked_out'`),
      c.index('bookings_moving_with').on(t.moving_with).where(isNotNull(t.moving_with)),
      c.index('bookings_unsettled').on(t.unsettled).where(isNotNull(t.unsettled)),
    ],
  ),
  booking_items: bookingItems(c),
  abandoned_allocations: abandonedAllocations(c),
  ...handoverTables(c),
  ...attachmentTables(c),
  ...policyTables(c),
  ...seriesTables(c),
  ...calendarTables(c),
  ...displayTables(c),
  ...reportTables(c),
  ...eventTables(c),
  idempotency_keys: idempotencyTable(c),
  refold: refoldTable(c),
})

const bookingItems = (c: Columns) =>
  c.table(
    'booking_items',
    {
      booking_id: c.id('booking_id').notNull(),
      position: c.integer('position').notNull(),
      /** 1 for the target of a move; another row has the current place. */
      is_next: c.integer('is_next').notNull().default(0),
      /** Its id in inventory, which decides; the rest is a copy of what inventory agreed to. */
      allocation_id: c.id('allocation_id').notNull(),
      resource_id: c.id('resource_id').notNull(),
      resource_type: c.text('resource_type').notNull(),
      from_datetime: c.instant('from_datetime').notNull(),
      to_datetime: c.instant('to_datetime').notNull(),
      /** For the target of a move: when it lapses there. */
      check_in_by: c.instant('check_in_by'),
      /** The policy versions it was judged by, as a JSON list of ids, widest first. */
      policies: c.text('policies').notNull().default('[]'),
      /** The target whose quotas it draws on. */
      quota_scope: c.text('quota_scope'),
      /** Since when inventory no longer has it, while it is checked out. */
      lost: c.instant('lost'),
    },
    (t) => [
      c.unique('booking_item_place').on(t.booking_id, t.is_next, t.position),
      c.unique('booking_item_allocation').on(t.allocation_id, t.is_next),
      c.index('booking_items_by_resource').on(t.resource_id, t.from_datetime),
    ],
  )

/** Reserved allocations that must never become an item of a booking. */
const abandonedAllocations = (c: Columns) =>
  c.table(
    'abandoned_allocations',
    {
      allocation_id: c.id('allocation_id').notNull().primaryKey(),
      abandoned: c.instant('abandoned').notNull(),
    },
    (t) => [c.index('abandoned_allocations_by_age').on(t.abandoned)],
  )

export type BookingsTables = ReturnType<typeof bookingsTables>
export type BookingRow = BookingsTables['bookings']['$inferSelect']
export type PolicyRow = BookingsTables['policies']['$inferSelect']
export type OccurrenceRow = BookingsTables['booking_occurrences']['$inferSelect']
export type ItemRow = BookingsTables['booking_items']['$inferSelect']
export type HandoverRow = BookingsTables['handovers']['$inferSelect']
export type SeriesRow = BookingsTables['booking_series']['$inferSelect']
export type AttachedRow = BookingsTables['booking_files']['$inferSelect']
