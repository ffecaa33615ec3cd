import { sql, type SQL } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from '../tables.ts'
import type { Wanted } from './entry-values.ts'
import type { Gap, Grid } from './first-fit.ts'

/** A free span that is long enough for an entry, before grid and clock are considered. */
export interface WantedGap extends Gap, Grid, Wanted {
  entry: number
}

// On a grid, a gap may be long enough and still contain no whole slots.
const gapsMax = 1000

/**
 * Finds the free spans that entries could have, by resource and time. Independent of the triggers
 * that serve them.
 * @param whose which entries: a condition on `m`, a row of `waitlist_matches`
 * @param isTaken which allocations count, all when left out: a condition on `a`
 */
export function readGaps(
  { db, columns }: Pick<Store, 'db' | 'columns'>,
  { allocations, resource_types }: InventoryTables,
  { whose, isTaken = sql`true` }: { whose: SQL; isTaken?: SQL },
): Promise<WantedGap[]> {
  const { from_datetime: time } = allocations
  const { slot_seconds, slot_origin } = resource_types
  const edges = sql`(
    SELECT m.*, coalesce((
      SELECT a.to_datetime FROM ${allocations} a
      WHERE a.resource_number = m.candidate AND a.from_datetime < m.earliest AND ${isTaken}
      ORDER BY a.from_datetime DESC LIMIT 1), ${sql.param(-Infinity, time)}) AS edge
    FROM waitlist_matches m WHERE ${whose}
    UNION ALL
    SELECT m.*, a.to_datetime
    FROM waitlist_matches m JOIN ${allocations} a ON a.resource_number = m.candidate
    WHERE ${whose} AND a.from_datetime >= m.earliest AND a.from_datetime < m.latest
      AND ${isTaken}) AS edges`
  const gaps = sql`(
    SELECT edges.*, coalesce((
      SELECT a.from_datetime FROM ${allocations} a
      WHERE a.resource_number = edges.candidate AND a.from_datetime >= edge AND ${isTaken}
      ORDER BY a.from_datetime LIMIT 1), ${sql.param(Infinity, time)}) AS ending
    FROM ${edges}) AS gaps JOIN ${resource_types} ON ${resource_types.number} = gaps.type_number`
  // Between the buffers that a booking needs.
  const second = sql.raw(columns.second)
  const from = sql`edge + gaps.buffer_before_seconds * ${second}`
  const to = sql`ending - gaps.buffer_after_seconds * ${second}`
  return db
    .select({
      entry: sql`gaps.number`.mapWith(Number),
      resource: sql`candidate`.mapWith(Number),
      from: sql`${from}`.mapWith(time),
      to: sql`${to}`.mapWith(time),
      now: sql`${columns.now}`.mapWith(time),
      earliest: sql`earliest`.mapWith(time),
      latest_start: sql`latest_start`.mapWith(time),
      latest: sql`latest`.mapWith(time),
      slot_seconds: sql<number | null>`${slot_seconds}`.mapWith(slot_seconds),
      slot_origin: sql<number | null>`${slot_origin}`.mapWith(slot_origin),
    })
    .from(gaps)
    .where(
      sql`${from} + (latest - latest_start) <= latest AND ${from} + (latest - latest_start) <= ${to}
        AND earliest + (latest - latest_start) <= ${to}`,
    )
    .orderBy(sql`candidate, edge`)
    .limit(gapsMax) as Promise<WantedGap[]>
}
