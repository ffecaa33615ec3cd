import { and, eq, inArray, isNull, or, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Created, CreatedVersion } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { findReplay, type Creation } from '../../../shared/idempotency.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import type { Booking } from '../../../shared/schemas/booking.ts'
import type {
  BookingSeries,
  BookingSeriesOutlook,
  NewBookingSeries,
  NewOccurrence,
} from '../../../shared/schemas/booking-series.ts'
import { toBooking, type Wanted } from '../booking-values.ts'
import type { Settlement } from '../settle.ts'
import { endedStates, stateNow } from '../state.ts'
import type { BookingsTables } from '../tables.ts'
import type { TypeIds } from '../type-ids.ts'
import { toSeries, type FindSeries } from './find-series.ts'
import type { MadeDay, MakeDays } from './make-days.ts'
import { readWantedSeries, toDay, type WantedDays } from './wanted.ts'

interface Dependencies {
  find: FindSeries
  makeDays: MakeDays
  settlement: Settlement
  typeIds: TypeIds
}

/** Creates all bookings of a series at once, or the booking of a skipped day. */
export function createSeries(
  context: Context,
  tables: BookingsTables,
  { find, makeDays, settlement, typeIds }: Dependencies,
) {
  const { store, clock } = context
  const { bookings, booking_series: series, booking_occurrences: occurrences } = tables

  /** @throws 409 `not_all_free`, 422 or 403 `policy_refused`, with nothing booked */
  async function create({
    body,
    caller,
    idempotencyKey,
  }: Creation<NewBookingSeries>): Promise<CreatedVersion<BookingSeries>> {
    const wanted = await readWantedSeries(body, caller)
    const { on_conflict = 'fail', rule, time_zone } = body
    const series_id = context.id()
    const making = { wanted, series_id, caller, on_conflict, idempotencyKey }
    const toRecording = (type_ids: string, days: MadeDay[], holds: SQL) => {
      const items = JSON.stringify(body.items)
      const { title, note, booked_for } = wanted
      const what = { rule, time_zone, items, type_ids, title, note, booked_for, changing: null }
      const first = { created: clock(), created_by: caller.id, version: 1 }
      const row = { id: series_id, ...what, ...first }
      const skipped = wanted.leftOut.map((day) => ({ day, stored: undefined }))
      const rows = [...days, ...skipped]
        .toSorted((a, b) => a.day.from - b.day.from)
        .map(({ day: { date, from, to }, stored }) => {
          const booking_id = stored?.row.id ?? null
          return { series_id, date, from_datetime: from, to_datetime: to, booking_id }
        })
      const made = days.flatMap(({ stored }) => stored ?? [])
      return {
        value: toSeries(row, rows, made),
        first: [
          store.db.insert(series).values(row).getSQL(),
          store.db.insert(occurrences).values(rows).getSQL(),
        ],
        last: sql`UPDATE ${series} SET rule = rule WHERE ${eq(series.id, series_id)} AND ${holds}`,
      }
    }
    const created = await makeDays.make(making, async () => {
      const type_ids = await typeIds.toIds(body.items)
      return (days, holds) => toRecording(type_ids, days, holds)
    })
    return { ...created, version: toFirstVersion(created.value) }
  }

  /** Books a day that was skipped, or whose booking has ended. */
  async function createOccurrence(
    series_id: string,
    { body, caller, idempotencyKey }: Creation<NewOccurrence>,
  ): Promise<Created<Booking>> {
    const replay = await findReplay<Booking>(store, idempotencyKey)
    if (replay && (await settlement.find(replay.value.id))) return replay
    const { row, days } = await find.find(series_id, caller)
    const day = days.find(({ date }) => date === body.date)
    if (!day) throw notFound('occurrence', body.date)
    if (day.from_datetime <= clock()) throw over()
    const isDay = and(eq(occurrences.series_id, series_id), eq(occurrences.date, day.date))
    if ((await store.db.$count(occurrences, and(isDay, isOpen))) === 0) throw isThere(day.date)
    const { title, note, booked_for } = row
    const wanted: WantedDays = {
      items: await typeIds.readItems<Wanted['items'][number]>(row),
      days: [{ date: day.date, from: day.from_datetime, to: day.to_datetime }],
      title,
      note,
      booked_for,
    }
    const { on_conflict = 'fail' } = body
    const making = { wanted, series_id, caller, on_conflict, idempotencyKey }
    return makeDays.make(making, async () => ([made], holds) => {
      if (!made?.stored) throw isThere(day.date)
      const { row: booking, items } = made.stored
      const update = store.db.update(occurrences).set({ booking_id: booking.id })
      return {
        value: toBooking(booking, items),
        first: [keepVersion(series_id, isDay)],
        last: update.where(and(isDay, isOpen, holds)).getSQL(),
      }
    })
  }

  /**
   * SQL: the series' version includes that of the day's former booking, so that it never decreases.
   */
  function keepVersion(series_id: string, isDay: SQL | undefined): SQL {
    const former = sql`SELECT ${occurrences.booking_id} FROM ${occurrences} WHERE ${isDay}`
    return sql`UPDATE ${series} SET version = version + coalesce(
      (SELECT b.version FROM ${bookings} b WHERE b.id = (${former})), 0)
      WHERE ${eq(series.id, series_id)}`
  }

  // The day has no booking, or its booking has ended. PostgreSQL rechecks this on a row just
  // written by another request, whose booking it cannot see: then the day is not open.
  const isOpen = or(
    isNull(occurrences.booking_id),
    sql`EXISTS (SELECT 1 FROM ${bookings} WHERE ${bookings.id} = ${occurrences.booking_id}
      AND ${inArray(stateNow(store, bookings), [...endedStates])})`,
  )

  /** The result of a dry run, day by day. */
  async function look(body: NewBookingSeries, caller: Caller): Promise<BookingSeriesOutlook> {
    const wanted = await readWantedSeries(body, caller)
    const { on_conflict = 'fail' } = body
    const days = await makeDays.look(wanted, { caller, on_conflict })
    return {
      occurrences: days.map(({ day, resources, refused, rules, judgement }) => {
        const isRefused = refused.length + rules.length > 0
        const allowed = judgement.needsApproval ? 'requested' : 'confirmed'
        return {
          ...toDay(day),
          state: isRefused ? 'refused' : allowed,
          resources: isRefused ? [] : resources.map(({ id }) => id),
          refused,
          rules,
        }
      }),
    }
  }

  return { createSeries: create, createOccurrence, lookSeries: look }
}

/** As `toVersion` has it: the series and each of its bookings are at version 1. */
function toFirstVersion({ occurrences }: BookingSeries): number {
  return 1 + occurrences.filter(({ booking_id }) => booking_id !== null).length
}

function isThere(date: string) {
  return conflict('occurrence_booked', `There is already a booking on ${date}.`)
}

function over() {
  return conflict('booking_over', 'That day has begun or is over.')
}
