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

/**
 * The same, by one resource as far as it is free if any of a type will do: booking that asks for
 * what was shown.
 */
export async function lookAtOne(
  body: NewBookingSeries,
): Promise<{ days: OutlookDay[]; items: NewBookingSeries['items']; on_conflict: OnConflict }> {
  const { items, on_conflict = 'fail' } = body
  const days = await lookAhead(body)
  const usual = findUsual(days)
  if (items[0]?.resource_id || usual === undefined) return { days, items, on_conflict }
  const ofOne = {
    items: [{ resource_id: usual }],
    on_conflict: on_conflict === 'skip' ? ('alternative' as const) : on_conflict,
  }
  const seen = await lookAhead({ ...body, ...ofOne })
  const isWorse = countFree(seen) < countFree(days)
  return isWorse ? { days, items, on_conflict } : { days: seen, ...ofOne }
}

type OnConflict = NonNullable<NewBookingSeries['on_conflict']>

const countFree = (days: OutlookDay[]) => days.filter(({ state }) => state !== 'refused').length

/** The resource of most days. */
function findUsual(days: OutlookDay[]): string | undefined {
  const byResource = Map.groupBy(
    days.flatMap(({ resources }) => resources),
    (id) => id,
  )
  const byCount = [...byResource].toSorted(([, one], [, other]) => other.length - one.length)
  return byCount[0]?.[0]
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
