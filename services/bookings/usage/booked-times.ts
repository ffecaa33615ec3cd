import { sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Span } from '../policy/rules.ts'
import type { BookingsTables } from '../tables.ts'

/** Use of one resource, or by one person: number of resources, and milliseconds. */
export interface BookedTime {
  bookings: number
  booked_ms: number
  used_ms: number
  no_shows: number
  no_show_ms: number
}

export interface Asked {
  window: Span
  /** Only these resources; undefined: all. */
  resources?: readonly string[] | undefined
  /** The user it is for. */
  whose: string
}

// For resources and persons alike; each has rows for a few states.
const keysMax = 50_000

/** Sums up bookings in one index scan, without reading the rows. */
export function createBookedTimes(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { booked_times: times }: BookingsTables,
) {
  async function sum(key: SQL, { window, resources, whose }: Asked): Promise<KeyedTime[]> {
    // Cast once: PostgreSQL would otherwise evaluate the clock for each row.
    const now = sql`CAST(${clock()} AS bigint)`
    const [from, to] = [window.from, window.to].map((time) => sql`CAST(${time} AS bigint)`)
    const length = sql`CASE WHEN to_ms < ${to} THEN to_ms ELSE ${to} END
      - CASE WHEN from_ms > ${from} THEN from_ms ELSE ${from} END`
    // Few bookings cross a bound: subtracting their excess is cheaper than clipping each one.
    const total = sql`sum(to_ms - from_ms)
      - coalesce(sum(to_ms - ${to}) FILTER (WHERE to_ms > ${to}), 0)
      - coalesce(sum(${from} - from_ms) FILTER (WHERE from_ms < ${from}), 0)`
    // An expired request is no booking; one not picked up counts as missed.
    const hasLapsed = sql`lapses_ms <= ${now}`
    const isOf = resources && sql`AND resource_id IN (${listIds(resources)})`
    const rows = await store.scan(whose).rows<Sum>(sql`
      SELECT ${key} AS key, state, count(*) AS bookings, ${total} AS length,
        count(*) FILTER (WHERE ${hasLapsed}) AS missed,
        coalesce(sum(${length}) FILTER (WHERE ${hasLapsed}), 0) AS missed_length
      FROM ${times} WHERE from_ms < ${to} AND to_ms > ${from}
        AND (lapses_ms IS NULL OR lapses_ms > ${now} OR state = 'confirmed')
      ${isOf} GROUP BY ${key}, state LIMIT ${keysMax}`)
    return rows.map(({ key, state, ...sums }) => {
      const { bookings, length, missed, missed_length } = sums
      const isMissed = state === 'no_show'
      return {
        key,
        bookings: Number(bookings),
        booked_ms: Number(length),
        used_ms: used.has(state) ? Number(length) : 0,
        no_shows: Number(isMissed ? bookings : missed),
        no_show_ms: Number(isMissed ? length : missed_length),
      }
    })
  }

  function listIds(resources: readonly string[]): SQL {
    const none = sql`NULL`
    const ids = resources.map((id) => sql`${sql.param(id, times.resource_id)}`)
    return ids.length === 0 ? none : sql.join(ids, sql`, `)
  }

  return {
    byResource: async (asked: Asked): Promise<Map<string, BookedTime>> => {
      const rows = await sum(sql`resource_id`, asked)
      return gather(rows, (key) => times.resource_id.mapFromDriverValue(key) as string)
    },
    byPerson: async (asked: Asked): Promise<Map<string, BookedTime>> =>
      gather(await sum(sql`booked_for`, asked), String),
  }
}

interface Sum {
  key: unknown
  state: string
  bookings: number
  length: number
  missed: number
  missed_length: number
}

const used = new Set(['checked_out', 'returned'])

type KeyedTime = BookedTime & { key: unknown }

function gather(rows: KeyedTime[], readKey: (key: unknown) => string): Map<string, BookedTime> {
  const found = new Map<string, BookedTime>()
  for (const { key, ...time } of rows) add(found, readKey(key), time)
  return found
}

/** Adds to the sum under a key. */
export function add<Key>(sums: Map<Key, BookedTime>, key: Key, more: BookedTime): void {
  const known = sums.get(key) ?? nothing
  sums.set(key, {
    bookings: known.bookings + more.bookings,
    booked_ms: known.booked_ms + more.booked_ms,
    used_ms: known.used_ms + more.used_ms,
    no_shows: known.no_shows + more.no_shows,
    no_show_ms: known.no_show_ms + more.no_show_ms,
  })
}

export const nothing: BookedTime = {
  bookings: 0,
  booked_ms: 0,
  used_ms: 0,
  no_shows: 0,
  no_show_ms: 0,
}
