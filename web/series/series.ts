import type {
  BookingSeries,
  BookingSeriesCancellation,
  BookingSeriesChange,
  BookingSeriesOutlook,
  NewBookingSeries,
  Occurrence,
} from '../../shared/schemas/booking-series.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { ifShown } from '../if-shown.ts'
import type { repeatable } from '../repeat-key.ts'
import { formatRange } from '../time.ts'
import type { Tagged } from '../ui/edit.tsx'

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
  tagged: Tagged,
): Promise<OutlookDay[]> {
  return (await ask(series({ id: shown.id }).patch(body, tagged))).occurrences
}

/** @throws if it is no longer as shown */
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

export const readSeriesTagged = ({ id }: BookingSeries) => series({ id }).get()

/** Its days, one a line. */
export function describeDays({ occurrences }: BookingSeries): string {
  return occurrences
    .map(({ from, to, state }) => `${formatRange(from, to)}, ${nameState(state)}`)
    .join('\n')
}

function nameState(state: Occurrence['state']): string {
  return t(state === 'skipped' ? 'series.skipped' : `booking_state.${state}`)
}

function describeSeries(series: BookingSeries): string {
  return `${series.title}\n${describeDays(series)}`
}

function ifStill(shown: BookingSeries) {
  return ifShown(shown, readSeriesTagged(shown), describeSeries)
}
