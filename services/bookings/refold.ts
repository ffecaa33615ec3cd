import type { Context } from '../../shared/context.ts'
import { folded, refold } from '../../shared/refold.ts'
import { toSearchText } from './booking-values.ts'
import type { BookingsTables } from './tables.ts'

/** Refolds search texts that were folded by an earlier rule. */
export function refoldSearchTexts(context: Context, { bookings }: BookingsTables): void {
  refold(context, {
    bookings: folded(bookings, [bookings.id], (row) => ({ search_text: toSearchText(row) })),
  })
}
