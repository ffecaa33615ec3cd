import type {
  BookingSeries,
  BookingSeriesCancellation,
  BookingSeriesChange,
  BookingSeriesOutlook,
  NewBookingSeries,
} from '../../shared/schemas/booking-series.ts'
import { api, ask } from '../api.ts'
import { ifShown } from '../if-shown.ts'
import type { repeatable } from '../repeat-key.ts'

const { series } = api.bookings.bookings

export type OutlookDay = BookingSeriesOutlook['occurrences'][number]

/** The result each day would have. */
export async function lookAhead(body: NewBookingSeries): Promise<OutlookDay[]> {
  const found = await ask(series.post({ ...body, dry_run: true }))
  return (found as BookingSeriesOutlook).occurrences
}

export async function createSeries(
  body: NewBookingSeries,
  options: ReturnType<typeof repeatable>,
): Promise<BookingSeries> {
  return (await ask(series.post(body, options))) as BookingSeries
}

export function readSeries(id: string): Promise<BookingSeries> {
  return ask(series({ id }).get())
}

/** The result that each day in scope would have, or has. */
export async function changeSeries(
  shown: BookingSeries,
  body: BookingSeriesChange,
): Promise<OutlookDay[]> {
  return (await ask(series({ id: shown.id }).patch(body, await ifStill(shown)))).occurrences
}

/** @throws ProblemError `precondition_failed` if it is no longer as shown */
export async function cancelSeries(
  shown: BookingSeries,
  body: BookingSeriesCancellation,
): Promise<void> {
  await ask(series({ id: shown.id }).cancel.post(body, await ifStill(shown)))
}

/** @returns how many were decided */
export async function decideSeries(
  shown: BookingSeries,
  body: { approve: boolean; reason?: string },
): Promise<number> {
  return (await ask(series({ id: shown.id }).decide.post(body, await ifStill(shown)))).done
}

function ifStill(shown: BookingSeries) {
  return ifShown(shown, series({ id: shown.id }).get())
}
