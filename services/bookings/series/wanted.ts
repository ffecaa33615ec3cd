import type { Caller } from '../../../shared/access.ts'
import { toInstant } from '../../../shared/instant.ts'
import { invalid } from '../../../shared/problem.ts'
import type { NewBookingSeries } from '../../../shared/schemas/booking-series.ts'
import { reservationMax } from '../../../shared/schemas/reservation.ts'
import { readWanted, type Wanted } from '../booking-values.ts'
import { expand, type Occurrence } from './expand.ts'

/** The days to be booked, and those left out. */
export type WantedSeries = WantedDays & { leftOut: Occurrence[] }

/** What is wanted on each day, and for whom. */
export type WantedDays = Pick<Wanted, 'items' | 'title' | 'note' | 'booked_for'> & {
  days: Occurrence[]
}

/** @throws 422 listing every fault, 403 for somebody else */
export async function readWantedSeries(
  body: NewBookingSeries,
  caller: Caller,
): Promise<WantedSeries> {
  const { items, title, note, booked_for, from, to } = readWanted(body, caller)
  const all = await expand({ ...body, from, to })
  const { days, leftOut } = leaveOut(all, body.exceptions ?? [])
  const each = countOf(items)
  if (each * days.length > reservationMax) {
    const detail =
      `These are ${days.length} days of ${each} resources; ` +
      `a series has at most ${reservationMax} of them in total.`
    throw invalid([{ pointer: '#/rule', detail }])
  }
  return { items, title, note, booked_for, days, leftOut }
}

function leaveOut(all: Occurrence[], exceptions: readonly string[]) {
  const errors = exceptions.flatMap((date, at) => {
    if (all.some((day) => day.date === date)) return []
    return { pointer: `#/exceptions/${at}`, detail: 'The series has no such day.' }
  })
  if (errors.length > 0) throw invalid(errors)
  const isLeftOut = ({ date }: Occurrence) => exceptions.includes(date)
  const days = all.filter((day) => !isLeftOut(day))
  if (days.length === 0) {
    throw invalid([{ pointer: '#/exceptions', detail: 'Leave at least one day to be booked.' }])
  }
  return { days, leftOut: all.filter(isLeftOut) }
}

/** The number of resources of one day. */
export function countOf(items: Wanted['items']): number {
  return items.reduce((sum, { count = 1 }) => sum + count, 0)
}

/** The wire form of a day. */
export function toDay({ date, from, to }: Occurrence) {
  return { date, from: toInstant(from) ?? '', to: toInstant(to) ?? '' }
}
