import { toInstant } from '../../../shared/instant.ts'
import type { BookingNews } from '../../../shared/schemas/booking-event.ts'
import type { BookingRow, ItemRow } from '../tables.ts'

/** What of a booking is reported. */
export type NewsRow = Pick<
  BookingRow,
  'number' | 'title' | 'from_datetime' | 'to_datetime' | 'booked_for' | 'created_by' | 'reason'
>
type PlaceRow = Pick<ItemRow, 'resource_id' | 'resource_type'>

/** The current booking in the form of an event; what happened to it is added. */
export function toNews(booking: NewsRow, items: readonly PlaceRow[]): BookingNews {
  const { number, title, booked_for, created_by, reason } = booking
  return {
    number,
    title,
    from: toInstant(booking.from_datetime) ?? '',
    to: toInstant(booking.to_datetime) ?? '',
    booked_for,
    created_by,
    by: null,
    reason,
    items: items.map(({ resource_id, resource_type }) => ({ resource_id, resource_type })),
    was: null,
    series: null,
  }
}
