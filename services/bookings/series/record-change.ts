import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { writeOnce } from '../../../shared/idempotency.ts'
import type { BookingSeriesChange } from '../../../shared/schemas/booking-series.ts'
import type { StoredResponse } from '@campus/store/batch.ts'
import { violation } from '@campus/store/error.ts'
import { toSearchText } from '../booking-values.ts'
import { toCheckIn } from '../change-booking.ts'
import { toStamp } from '../rulebook.ts'
import type { Moving, Stored } from '../settle.ts'
import type { BookingsTables, ItemRow, SeriesRow } from '../tables.ts'
import { toGiven } from '../report-move.ts'
import { toVersion, type FoundSeries } from './find-series.ts'
import type { JudgedChange, JudgedChanges } from './judge-change.ts'
import type { PlannedDay } from './plan-change.ts'
import type { SeriesChange } from './settle-change.ts'

interface Recording extends JudgedChanges {
  body: BookingSeriesChange
  caller: Caller
  planned: PlannedDay[]
  /** The days that stay unchanged. */
  against: JudgedChange[]
  /** The stored response for retries; removed if the change is undone. */
  toResponse: (version: number) => StoredResponse | undefined
}

/** Records the new state of all days in one commit. It is settled afterwards. */
export function createRecordChange(
  { store, clock, id: newId }: Pick<Context, 'store' | 'clock' | 'id'>,
  { bookings, booking_items: items, booking_series: series, ...others }: BookingsTables,
) {
  const { booking_occurrences: occurrences } = others

  function moveDay(id: string, [date, from_datetime, to_datetime]: SeriesChange['days'][number]) {
    const isIt = and(eq(occurrences.series_id, id), eq(occurrences.date, date))
    return store.db.update(occurrences).set({ from_datetime, to_datetime }).where(isIt).getSQL()
  }

  /**
   * @returns how it is settled, unless there is nothing to settle; undefined if somebody changed
   * one of the days meanwhile, or the judgement no longer holds
   */
  return async function recordChange(found: FoundSeries, recording: Recording) {
    const { row } = found
    const { planned, against, body, caller, first, holds } = recording
    const stays = new Set(against.map(({ day }) => day))
    const judged = new Map(recording.days.map((one) => [one.day, one]))
    const changed = planned.flatMap(({ day, stored }) => {
      return stored && !stays.has(day) ? [{ stored, judged: judged.get(day) }] : []
    })
    const id = newId()
    const isAny = changed.length > 0
    const version = Math.max(0, ...changed.map(({ stored }) => stored.row.version)) + 1
    const raised = changed.reduce((sum, { stored }) => sum + version - stored.row.version, 1)
    const versionThen = toVersion(found) + raised
    const response = recording.toResponse(versionThen)
    const { days, ...words } = toSeriesChange(row, recording, stays)
    const next = changed.flatMap((one) => toNext(one, clock()))
    const rows = changed.map((one) => {
      const isIt = and(
        eq(bookings.id, one.stored.row.id),
        eq(bookings.version, one.stored.row.version),
        isNull(bookings.unsettled),
      )
      const moving = JSON.stringify(toMoving(one, body))
      const request_key = response?.key ?? null
      const values = { moving, moving_with: id, unsettled: clock(), request_key }
      return store.db
        .update(bookings)
        .set({ ...values, changed_by: caller.id, version })
        .where(isIt)
        .getSQL()
    })
    const ids = changed.map(({ stored }) => stored.row.id)
    const lock = sql`SELECT id FROM ${bookings} WHERE ${inArray(bookings.id, ids)}
      ORDER BY id ${store.rowLock}`
    const count = sql`(SELECT count(*) FROM ${bookings} WHERE ${eq(bookings.moving_with, id)})`
    const isOne = and(
      eq(series.id, row.id),
      eq(series.version, row.version),
      isNull(series.changing),
    )
    const becomes = isAny
      ? { changing: JSON.stringify({ ...words, days }) }
      : { ...words, changing: null } // without a booking there is nothing to settle
    const statements = [
      ...first,
      ...(isAny ? [lock] : []),
      ...rows,
      ...(next.length > 0 ? [store.db.insert(items).values(next).getSQL()] : []),
      ...(isAny ? [] : days.map((day) => moveDay(row.id, day))),
      store.db
        .update(series)
        .set({ ...becomes, version: row.version + 1 })
        .where(and(isOne, holds, sql`${count} = ${changed.length}`))
        .getSQL(),
    ]
    const once = { response, now_ms: clock() }
    const isIn = await writeOnce(store, statements, once).catch(loseToAnother)
    return isIn ? { id, isMoving: isAny, version: versionThen } : undefined
  }
}

export type RecordChange = ReturnType<typeof createRecordChange>

interface Changed {
  stored: Stored
  /** Undefined if only its texts change. */
  judged: JudgedChange | undefined
}

function toSeriesChange(
  row: SeriesRow,
  { planned, body }: Recording,
  stays: Set<object>,
): SeriesChange {
  const { scope, title, note, booked_for } = body
  // Whose days stay keeps sight of the series.
  const given = booked_for !== undefined && stays.size === 0 ? toGiven(row, booked_for) : {}
  const words = { title, note, booked_for, ...given }
  const isOfAll = scope === 'all'
  return {
    ...(isOfAll && Object.fromEntries(Object.entries(words).filter(([, it]) => it !== undefined))),
    days: planned
      .filter(({ day, stored, isMoved }) => !stays.has(day) && (isMoved || !stored))
      .map(({ day: { date, from, to } }) => [date, from, to]),
  }
}

function toNext({ stored: { row, items }, judged }: Changed, now: number): ItemRow[] {
  if (!judged?.isMoved) return []
  const { judgement, day } = judged
  const { from: from_datetime, to: to_datetime } = day
  const moved = items.map((item) => ({ ...item, is_next: 1, from_datetime, to_datetime }))
  const check_in_by = toCheckIn(row, moved, { ...judgement, now })
  return moved.map((item, at) => ({ ...item, ...toStamp(judgement, at), check_in_by }))
}

function toMoving({ stored: { row }, judged }: Changed, body: BookingSeriesChange): Moving {
  const { title = row.title, note = row.note, booked_for } = body
  const isRequested = row.state === 'requested'
  return {
    title,
    note,
    search_text: toSearchText({ number: row.number, title }),
    ...(judged?.isMoved && isRequested && { decide_by: judged.judgement.deadline }),
    ...(booked_for !== undefined && { booked_for, ...toGiven(row, booked_for) }),
  }
}

// Another request is recording a move.
function loseToAnother(error: unknown): false {
  if (violation(error) === 'unique') return false
  throw error
}
