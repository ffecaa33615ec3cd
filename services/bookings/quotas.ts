import { sql, type SQL } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { listAllowances, type Allowance } from './policy/allowance.ts'
import type { Effective, Span } from './policy/rules.ts'
import type { BookingsTables } from './tables.ts'

/** An allowance and the booking's share of it: milliseconds, or resources. */
export interface Draw extends Allowance {
  own: number
}

export interface Draws {
  draws: readonly Draw[]
  /** The person whose allowances they are. */
  person: string
  /** The booking, whose own rows do not count: its share is in `own`. */
  bookingId: string
}

export interface Reading {
  person: string
  turns: number
  drawn: Drawn[]
}

/** A person's booking within one scope. */
export interface Drawn extends Span {
  scope: string
}

// PostgreSQL would take a parameter in a list of values for text.
const number = (value: number) => sql`CAST(${value} AS bigint)`

/** Counts a person's bookings from the rows themselves, as of now. */
export function createQuotas(
  store: Pick<Store, 'columns' | 'db' | 'rows'>,
  { bookings, booking_items: items, quota_turns: turns }: BookingsTables,
) {
  const { now, milliseconds } = store.columns

  /** SQL: a person's bookings that count, as far as they overlap a window. */
  function taken(person: string, window: Span, only: SQL): SQL {
    const from = sql.param(window.from, bookings.from_datetime)
    const to = sql.param(window.to, bookings.to_datetime)
    const isNear = sql`b.to_datetime > ${from} AND b.from_datetime < ${to}`
    const begins = milliseconds(sql`i.from_datetime`)
    const ends = milliseconds(sql`i.to_datetime`)
    const select = sql`SELECT i.quota_scope AS scope, ${begins} AS begins, ${ends} AS ends
      FROM ${bookings} b JOIN ${items} i ON i.booking_id = b.id
      WHERE ${only} AND i.to_datetime > ${from} AND i.from_datetime < ${to}
        AND b.state NOT IN ('rejected', 'cancelled', 'expired', 'no_show')
        AND (b.state <> 'requested' OR b.decide_by > ${now})
        AND (b.state <> 'confirmed' OR b.check_in_by IS NULL OR b.check_in_by > ${now})
        AND (b.begun_until IS NULL OR b.begun_until > ${now})`
    // A booking being moved counts at both its old and its new place, which only its items know;
    // one being given to another counts for both. The few unsettled ones are found by this
    // condition, written so that SQLite uses their index instead of scanning all of the person's
    // items.
    const always = sql.param(-Infinity, bookings.unsettled)
    // In JSON, no quoted text contains it.
    const isGiven = sql`b.moving LIKE ${`%"booked_for":${JSON.stringify(person)}%`}`
    return sql`${select} AND b.booked_for = ${person} AND ${isNear}
      UNION ALL ${select} AND b.unsettled > ${always}
        AND ((b.booked_for || '' = ${person} AND NOT (${isNear}))
          OR (b.booked_for <> ${person} AND ${isGiven}))`
  }

  /**
   * SQL: the indexes of draws that exceed their allowance. One pass over all starts and ends in
   * order of time, merged with the bounds of the windows.
   */
  function overdrawn({ draws, person, bookingId }: Draws): SQL {
    const windows = draws.map(({ window }) => window)
    const from = Math.min(...windows.map((window) => window.from))
    const to = Math.max(...windows.map((window) => window.to))
    const scopes = [...new Set(draws.map(({ scope }) => scope))]
    const isCounted = sql`b.id <> ${sql.param(bookingId, bookings.id)}
      AND i.quota_scope IN (${sql.join(scopes, sql`, `)})`
    const rows = toRuns(draws).flatMap((run, at) =>
      run.map(
        ({ place, scope, unit, window, max, own }, index) =>
          sql`(${number(place)}, ${number(at)}, ${number(index + 1)}, CAST(${scope} AS text),
            CAST(${unit} AS text), ${number(window.from)}, ${number(window.to)}, ${number(max)},
            ${number(own)})`,
      ),
    )
    return sql`WITH taken AS MATERIALIZED (${taken(person, { from, to }, isCounted)}),
      windows (place, run, turn, scope, unit, begins, ends, most, own) AS MATERIALIZED (
        VALUES ${sql.join(rows, sql`, `)}),
      runs AS MATERIALIZED (SELECT run, scope, max(ends) AS ends FROM windows GROUP BY run, scope),
      points (run, at, step, bound, begun) AS (
        SELECT run, begins, 0, 1, 0 FROM windows
        UNION ALL SELECT run, ends, 0, 1, 0 FROM runs
        UNION ALL SELECT run, begins, 1, 0, 1 FROM taken JOIN runs ON runs.scope = taken.scope
        UNION ALL SELECT run, taken.ends, -1, 0, 0
          FROM taken JOIN runs ON runs.scope = taken.scope),
      stretches AS (
        SELECT run, begun, sum(step) OVER passed AS taken, sum(bound) OVER passed AS turn,
          lead(at) OVER passed - at AS length
        FROM points
        WINDOW passed AS (PARTITION BY run ORDER BY at, begun ROWS UNBOUNDED PRECEDING)),
      drawn AS MATERIALIZED (
        SELECT run, turn, sum(taken * length) AS hours, sum(begun) AS count,
          max(CASE WHEN length > 0 THEN taken ELSE 0 END) AS moment
        FROM stretches GROUP BY run, turn)
      SELECT place FROM windows JOIN drawn ON drawn.run = windows.run AND drawn.turn = windows.turn
      WHERE own + CASE unit WHEN 'hours' THEN hours WHEN 'count' THEN count ELSE moment END > most`
  }

  /** A person's bookings within a window, except some, and the number of turns taken before. */
  async function read(person: string, window: Span, except: string[] = []): Promise<Reading> {
    const [turn] = await store.rows<{ turns: number }>(
      sql`SELECT turns FROM ${turns} WHERE person = ${person}`,
    )
    const others = except.map((id) => sql.param(id, bookings.id))
    const isOther = others.length > 0 ? sql`b.id NOT IN (${sql.join(others, sql`, `)})` : sql`1 = 1`
    const isCounted = sql`i.quota_scope IS NOT NULL AND ${isOther}`
    const rows = await store.rows<{ scope: string; begins: number; ends: number }>(
      taken(person, window, isCounted),
    )
    const drawn = rows.map(({ scope, begins, ends }): Drawn => {
      return { scope, from: Number(begins), to: Number(ends) }
    })
    return { person, turns: Number(turn?.turns ?? 0), drawn }
  }

  return {
    read,
    /** SQL condition, after `takeTurn`: nobody else took a turn since the reading. */
    isUnchanged: ({ person, turns: before }: Reading): SQL => sql`EXISTS (SELECT 1 FROM ${turns}
      WHERE person = ${person} AND turns = ${number(before + 1)})`,
    /** First statement of a transaction: other bookings for the same person wait for its end. */
    takeTurn: (person: string): SQL => sql`INSERT INTO ${turns} (person, turns)
      VALUES (${person}, 1) ON CONFLICT (person) DO UPDATE SET turns = quota_turns.turns + 1`,
    /** SQL condition: no draw exceeds its allowance. */
    areKept: (asked: Draws): SQL => {
      if (asked.draws.length === 0) return sql`1 = 1`
      return asked.draws.some(isTooMuch) ? sql`1 = 0` : sql`NOT EXISTS (${overdrawn(asked)})`
    },
    /** The draws that exceed their allowance now. */
    findOverdrawn: async (asked: Draws): Promise<Draw[]> => {
      const tooMuch = asked.draws.filter(isTooMuch)
      // One refusal per quota is enough.
      const rest = asked.draws.filter(({ detail }) => !tooMuch.some((it) => it.detail === detail))
      if (rest.length === 0) return tooMuch
      const found = await store.rows<{ place: number }>(overdrawn({ ...asked, draws: rest }))
      return [...tooMuch, ...found.flatMap(({ place }) => rest[Number(place)] ?? [])]
    },
  }
}

export type Quotas = ReturnType<typeof createQuotas>

/** More than the whole allowance, whatever else is booked. */
function isTooMuch({ own, max }: Draw): boolean {
  return own > max
}

/** Groups draws whose windows are consecutive, as those of one quota are. */
function toRuns(draws: readonly Draw[]): (Draw & { place: number })[][] {
  const runs: (Draw & { place: number })[][] = []
  for (const [place, draw] of draws.entries()) {
    const last = runs.at(-1)?.at(-1)
    const follows =
      last?.scope === draw.scope && last.unit === draw.unit && last.window.to === draw.window.from
    if (follows) runs.at(-1)?.push({ ...draw, place })
    else runs.push([{ ...draw, place }])
  }
  return runs
}

/** Resources under one quota share it. */
export function toDraws(effectives: Effective[], span: Span): Draw[] {
  const byScope = Map.groupBy(effectives, ({ quotaScope }) => quotaScope)
  return [...byScope.values()].flatMap((same) => {
    const [first] = same
    return first ? listAllowances(first, span).map((it) => toDraw(it, span, same.length)) : []
  })
}

function toDraw(allowance: ReturnType<typeof listAllowances>[number], span: Span, count: number) {
  const { unit, window } = allowance
  const length = Math.min(span.to, window.to) - Math.max(span.from, window.from)
  return { ...allowance, own: unit === 'hours' ? length * count : count }
}
