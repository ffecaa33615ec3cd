import { sql, type SQL } from 'drizzle-orm'
import type { Store } from '../../shared/store/store.ts'
import type { Allowance } from './policy/allowance.ts'
import type { Span } from './policy/rules.ts'
import type { BookingsTables } from './tables.ts'

/** An allowance, and how much of it a booking draws: milliseconds, or resources. */
export interface Draw extends Allowance {
  own: number
}

export interface Draws {
  draws: readonly Draw[]
  /** Whose allowances they are. */
  person: string
  /** The booking, whose rows do not count: what it draws is `own`. */
  bookingId: string
}

// No booking is longer, so none that began earlier reaches into a window.
const longest_ms = 367 * 24 * 60 * 60 * 1000

export interface Reading {
  person: string
  turns: number
  drawn: Drawn[]
}

/** What somebody has of one scope. */
export interface Drawn extends Span {
  scope: string
}

// In a list of values PostgreSQL would take a parameter for text.
const number = (value: number) => sql`CAST(${value} AS bigint)`

/** Counts what a person has booked, from the rows themselves and as they are now. */
export function createQuotas(
  store: Pick<Store, 'columns' | 'db' | 'rows'>,
  { bookings, booking_items: items, quota_turns: turns }: BookingsTables,
) {
  const { now, milliseconds } = store.columns
  const begin = milliseconds(sql`i.from_datetime`)
  const end = milliseconds(sql`i.to_datetime`)

  const isCounted = sql`b.state NOT IN ('rejected', 'cancelled', 'expired')
    AND (b.state <> 'requested' OR b.decide_by > ${now})
    AND (b.begun_until IS NULL OR b.begun_until > ${now})`

  /** SQL: the draws, by their place in the list, that leave too little. */
  function overdrawn({ draws, person, bookingId }: Draws): SQL {
    const first = Math.min(...draws.map(({ window }) => window.from))
    const since = sql.param(first - longest_ms, bookings.from_datetime)
    // What is being moved counts where it is and where it is going to be.
    const counted = sql`FROM ${bookings} b JOIN ${items} i ON i.booking_id = b.id
      WHERE b.booked_for = ${person} AND (b.from_datetime > ${since} OR b.unsettled IS NOT NULL)
        AND b.id <> ${sql.param(bookingId, bookings.id)} AND i.quota_scope = w.column2
        AND ${isCounted} AND ${begin} < w.column5 AND ${end} > w.column4`
    const hours = sql`SELECT coalesce(sum(
        CASE WHEN ${end} < w.column5 THEN ${end} ELSE w.column5 END
        - CASE WHEN ${begin} > w.column4 THEN ${begin} ELSE w.column4 END), 0) ${counted}`
    const count = sql`SELECT count(*) ${counted} AND ${begin} >= w.column4`
    const atOnce = (time: SQL) =>
      sql`(SELECT count(*) ${counted} AND ${begin} <= ${time} AND ${end} > ${time})`
    // The most at once there are where one of them begins.
    const moment = sql`SELECT coalesce(max(n), 0) FROM (
        SELECT ${atOnce(sql`w.column4`)} AS n
        UNION ALL
        SELECT (SELECT count(*) FROM ${bookings} c JOIN ${items} j ON j.booking_id = c.id
          WHERE c.booked_for = ${person} AND c.id <> ${sql.param(bookingId, bookings.id)}
            AND j.quota_scope = w.column2 AND c.state NOT IN ('rejected', 'cancelled', 'expired')
            AND (c.state <> 'requested' OR c.decide_by > ${now})
            AND (c.begun_until IS NULL OR c.begun_until > ${now})
            AND j.from_datetime <= i.from_datetime AND j.to_datetime > i.from_datetime) AS n
        ${counted} AND ${begin} > w.column4) AS points`
    const rows = draws.map(
      ({ scope, unit, window: { from, to }, max, own }, at) =>
        sql`(${number(at)}, CAST(${scope} AS text), CAST(${unit} AS text), ${number(from)},
          ${number(to)}, ${number(max)}, ${number(own)})`,
    )
    return sql`SELECT w.column1 AS place FROM (VALUES ${sql.join(rows, sql`, `)}) AS w
      WHERE w.column7 + CASE w.column3 WHEN 'hours' THEN (${hours})
        WHEN 'count' THEN (${count}) ELSE (${moment}) END > w.column6`
  }

  /** What a person has within a time, and how many turns were taken before it was read. */
  async function read(person: string, { from, to }: Span): Promise<Reading> {
    const [turn] = await store.rows<{ turns: number }>(
      sql`SELECT turns FROM ${turns} WHERE person = ${person}`,
    )
    const since = sql.param(from - longest_ms, bookings.from_datetime)
    const rows = await store.rows<{ scope: string; since: number; until: number }>(
      sql`SELECT i.quota_scope AS scope, ${begin} AS since, ${end} AS until
        FROM ${bookings} b JOIN ${items} i ON i.booking_id = b.id
        WHERE b.booked_for = ${person} AND (b.from_datetime > ${since} OR b.unsettled IS NOT NULL)
          AND i.quota_scope IS NOT NULL AND ${isCounted}
          AND ${begin} < ${number(to)} AND ${end} > ${number(from)}`,
    )
    const drawn = rows.map((row): Drawn => {
      return { scope: row.scope, from: Number(row.since), to: Number(row.until) }
    })
    return { person, turns: Number(turn?.turns ?? 0), drawn }
  }

  return {
    read,
    /** SQL condition, after `takeTurn`: nobody else took one since that was read. */
    isUnchanged: ({ person, turns: before }: Reading): SQL => sql`EXISTS (SELECT 1 FROM ${turns}
      WHERE person = ${person} AND turns = ${number(before + 1)})`,
    /** The first of a transaction: whoever books for the same person waits for it to end. */
    takeTurn: (person: string): SQL => sql`INSERT INTO ${turns} (person, turns)
      VALUES (${person}, 1) ON CONFLICT (person) DO UPDATE SET turns = quota_turns.turns + 1`,
    /** SQL condition: all draws leave enough. */
    areKept: (asked: Draws): SQL =>
      asked.draws.length === 0 ? sql`1 = 1` : sql`NOT EXISTS (${overdrawn(asked)})`,
    /** Those that do not, as things are now. */
    findOverdrawn: async (asked: Draws): Promise<Draw[]> => {
      if (asked.draws.length === 0) return []
      const found = await store.rows<{ place: number }>(overdrawn(asked))
      return found.flatMap(({ place }) => asked.draws[Number(place)] ?? [])
    },
  }
}

export type Quotas = ReturnType<typeof createQuotas>
