import { readInstant } from '../../shared/instant.ts'
import { invalid, type FieldError } from '../../shared/problem.ts'
import type { BookingChange } from '../../shared/schemas/booking.ts'
import { readSpan, requireLength, type Span } from './booking-values.ts'
import type { Stored } from './settle.ts'
import type { BookingRow, ItemRow } from './tables.ts'

/** The items after the change; undefined if unchanged. @throws 422 */
export function toNextItems(body: BookingChange, { row, items }: Stored): ItemRow[] | undefined {
  const errors: FieldError[] = []
  const span = readSpan(body, errors, { from: row.from_datetime, to: row.to_datetime })
  const swaps = new Map(
    body.swap?.map(({ allocation_id, resource_id }) => [allocation_id, resource_id]),
  )
  for (const [at, { allocation_id }] of (body.swap ?? []).entries()) {
    if (items.some((item) => item.allocation_id === allocation_id)) continue
    const detail = 'It is not part of this booking.'
    errors.push({ pointer: `#/swap/${at}/allocation_id`, detail })
  }
  if (errors.length > 0) throw invalid(errors)
  requireLength(span)
  const next = items.map((item) => toNext(item, { span, to: swaps.get(item.allocation_id) }))
  const isSame = next.every((item, at) => isAt(item, items[at]))
  return isSame ? undefined : next
}

function toNext(item: ItemRow, { span, to }: { span: Span; to: string | undefined }): ItemRow {
  const { from: from_datetime, to: to_datetime } = span
  const { resource_id } = item
  return { ...item, is_next: 1, from_datetime, to_datetime, resource_id: to ?? resource_id }
}

/** The span of all items. */
export function toSpan([first]: ItemRow[]): Partial<
  Pick<ItemRow, 'from_datetime' | 'to_datetime'>
> {
  return first ? { from_datetime: first.from_datetime, to_datetime: first.to_datetime } : {}
}

/** @throws 422 for changes not allowed while it is checked out */
export function requireOnlyLonger(
  { from, to, swap, booked_for }: BookingChange,
  { to_datetime, booked_for: person }: BookingRow,
): void {
  const errors: FieldError[] = []
  const detail = 'It is checked out: only its end can be changed.'
  if (from !== undefined) errors.push({ pointer: '#/from', detail })
  if (swap !== undefined) errors.push({ pointer: '#/swap', detail })
  if ((booked_for ?? person) !== person) errors.push({ pointer: '#/booked_for', detail })
  if (to !== undefined && (readInstant(to) ?? Infinity) < to_datetime) {
    errors.push({ pointer: '#/to', detail: 'It is checked out: return it to give time back.' })
  }
  if (errors.length > 0) throw invalid(errors)
}

function isAt(item: ItemRow, other: ItemRow | undefined): boolean {
  return (
    item.resource_id === other?.resource_id &&
    item.from_datetime === other.from_datetime &&
    item.to_datetime === other.to_datetime
  )
}

/** Whether `next` still covers all of its time. */
export function isKeptBy(item: ItemRow, next: ItemRow | undefined): boolean {
  return (
    item.resource_id === next?.resource_id &&
    next.from_datetime <= item.from_datetime &&
    item.to_datetime <= next.to_datetime
  )
}
