import type { Caller } from '../../shared/access.ts'
import { fold } from '../../shared/fold.ts'
import { readInstant, toInstant } from '../../shared/instant.ts'
import { invalid, type FieldError } from '../../shared/problem.ts'
import {
  bookingItemsMax,
  type Booking,
  type BookingState,
  type NewBooking,
} from '../../shared/schemas/booking.ts'
import type { BookingRow, ItemRow } from './tables.ts'
import { day_ms } from '../../shared/duration.ts'

// A leap year.
const lengthMax_days = 366

/** Half-open `[from, to)` in milliseconds since 1970. */
export interface Span {
  from: number
  to: number
}

/** A parsed request. */
export interface Wanted extends Span {
  items: NewBooking['items']
  title: string
  note: string
  booked_for: string
}

/** @throws 422 that lists every fault */
export function readWanted(body: NewBooking, caller: Caller): Wanted {
  const { items, title, note = '', booked_for = caller.id, files = [] } = body
  const errors: FieldError[] = []
  const span = readSpan(body, errors)
  const total = items.reduce((sum, { count = 1 }) => sum + count, 0)
  if (total > bookingItemsMax) {
    const detail = `These are ${total} resources; one booking has at most ${bookingItemsMax}.`
    errors.push({ pointer: '#/items', detail })
  }
  for (const [at, { resource_id, type, where, count }] of items.entries()) {
    const pointer = `#/items/${at}`
    if ((resource_id === undefined) === (type === undefined)) {
      errors.push({ pointer, detail: 'Give either resource_id or type.' })
    } else if (type === undefined && (where ?? count) !== undefined) {
      errors.push({ pointer, detail: 'count and where require a type.' })
    }
  }
  if (new Set(files.map(({ file_hash }) => file_hash)).size < files.length) {
    errors.push({ pointer: '#/files', detail: 'Name each file once.' })
  }
  if (errors.length > 0) throw invalid(errors)
  requireLength(span)
  return { ...span, items, title, note, booked_for }
}

/** A missing bound is taken from `before`. Faults are appended to `errors`. */
export function readSpan(
  body: { from?: string; to?: string },
  errors: FieldError[],
  before: Span = { from: NaN, to: NaN },
): Span {
  const read = (name: 'from' | 'to') => {
    const text = body[name]
    const time = text === undefined ? before[name] : (readInstant(text) ?? NaN)
    if (Number.isNaN(time)) errors.push({ pointer: `#/${name}`, detail: noSuchTime })
    return time
  }
  return { from: read('from'), to: read('to') }
}

const noSuchTime = 'Not a valid time. Use a form such as 2027-01-31T09:00:00Z.'

/** @throws 422 for a span that is empty, or longer than a year */
export function requireLength({ from, to }: Span): void {
  if (from >= to) {
    throw invalid([{ pointer: '#/to', detail: 'The end must be after the start.' }], 'empty_span')
  }
  if (to - from <= lengthMax_days * day_ms) return
  const detail = `A booking lasts at most ${lengthMax_days} days.`
  throw invalid([{ pointer: '#/to', detail }], 'span_too_long')
}

/** The text that search matches. */
export function toSearchText({ number, title }: { number: string; title: string }): string {
  return fold(`${number} ${title}`)
}

type ShownRow = Omit<
  BookingRow,
  'version' | 'unsettled' | 'begun_until' | 'request_key' | 'moving' | 'changed_by' | 'search_text'
>

type ShownItem = Pick<
  ItemRow,
  'allocation_id' | 'resource_id' | 'resource_type' | 'policies' | 'lost'
>

/** The wire form of a booking and its items, in order. */
export function toBooking(row: ShownRow, items: ShownItem[]): Booking {
  const { from_datetime, to_datetime, created, decide_by, check_in_by } = row
  return {
    id: row.id,
    number: row.number,
    state: row.state as BookingState,
    title: row.title,
    note: row.note,
    from: toInstant(from_datetime) ?? '',
    to: toInstant(to_datetime) ?? '',
    items: items.map(({ allocation_id, resource_id, resource_type, policies, lost }) => {
      return {
        allocation_id,
        resource_id,
        resource_type,
        policies: JSON.parse(policies) as string[],
        ...(lost !== null && { lost_since: toInstant(lost) ?? '' }),
      }
    }),
    booked_for: row.booked_for,
    created_by: row.created_by,
    created: toInstant(created) ?? '',
    decide_by: decide_by === null ? null : toInstant(decide_by),
    check_in_by: check_in_by === null ? null : toInstant(check_in_by),
    decided_by: row.decided_by,
    reason: row.reason,
    series_id: row.series_id,
  }
}
