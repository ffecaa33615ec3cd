import { and, eq, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { isInstant, toInstant } from '../../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import { notFound } from '../../../shared/problem.ts'
import type { AllocationVersion } from '../../../shared/schemas/allocation-history.ts'
import type { Caller } from '../../../shared/access.ts'
import { toAllocation, type ResourcePath } from '../booking.ts'
import type { Resources } from '../resources.ts'
import { readWindow, type TimeSpan, type WindowQuery } from '../span.ts'
import type { AllocationRow, InventoryTables } from '../tables.ts'
import { whereVisible } from '../visibility.ts'
import { asAllocations, entryOf, namesOf, reaches } from './as-of.ts'

type HistoryQuery = WindowQuery & PageQuery

interface Found {
  allocation: AllocationRow
  resource_id: string
  resource_type: string
  number: number
  valid_from: number
  valid_to: number | null
  change: AllocationVersion['change']
  changed_by: string | null
}

/** Where a page of a resource's history ends. */
type Position = [from: number | null, number: number]

// The latest version of all is the row in `allocations`, which has no number.
const latest = Number.MAX_SAFE_INTEGER

/** Who had what, and when: the versions of one allocation, and those of a resource. */
export function createVersions(context: Context, tables: InventoryTables, resources: Resources) {
  const { store } = context
  const { allocations, allocation_versions: versions } = tables
  const instant = (time: number) => sql.param(time, allocations.from_datetime)
  const { now } = store.columns
  const second = sql.raw(store.columns.second)

  const names = namesOf(tables)
  const former = sql`SELECT ${names.former}, number, valid_from, valid_to, change,
    changed_by FROM allocation_versions`
  // An expired hold may still have its row. It ended then.
  const hasExpired = sql`held_until <= ${now}`
  const current = sql`SELECT ${names.current}, ${sql.raw(String(latest))} AS number, coalesce((
      SELECT valid_to FROM allocation_versions WHERE allocation_id = a.id
      ORDER BY number DESC LIMIT 1), created) AS valid_from,
    CASE WHEN ${hasExpired} THEN held_until END AS valid_to,
    CASE WHEN ${hasExpired} THEN 'expired' END AS change, NULL AS changed_by FROM allocations a`

  function read(caller: Caller, { parts, order, limit }: Reading): Promise<Found[]> {
    const all = parts.map((part) => sql`SELECT * FROM (${part} LIMIT ${limit}) AS part`)
    const source = asAllocations(tables, sql.join(all, sql` UNION ALL `))
    const { resources: table } = tables
    return store
      .scan(caller.id)
      .db.select({
        allocation: allocations,
        resource_id: table.id,
        resource_type: table.resource_type,
        number: sql<number>`allocations.number`.mapWith(versions.number),
        valid_from: sql<number>`allocations.valid_from`.mapWith(versions.valid_from),
        valid_to: sql<number | null>`allocations.valid_to`.mapWith(versions.valid_to),
        change: sql<Found['change']>`allocations.change`,
        changed_by: sql<string | null>`allocations.changed_by`,
      })
      .from(source)
      .innerJoin(table, eq(table.number, allocations.resource_number))
      .orderBy(order)
      .limit(limit)
  }

  /** Its versions, oldest first. @throws 404 when there never was such an allocation */
  async function ofAllocation(
    id: string,
    query: PageQuery,
    caller: Caller,
  ): Promise<Page<AllocationVersion>> {
    const after = readCursor(query, Number.isSafeInteger as (value: unknown) => value is number)
    const key = sql.param(id, allocations.id)
    const isNext = sql`number > ${after ?? 0}`
    const isReadable = whereReadable(caller)
    const parts = [
      sql`${former} WHERE allocation_id = ${key} AND ${isNext} AND ${isReadable} ORDER BY number`,
      sql`${current} WHERE a.id = ${key} AND ${isReadable}`,
    ]
    const rows = await read(caller, {
      parts,
      order: sql`allocations.number`,
      limit: rowsToAsk(query),
    })
    if (rows.length === 0) throw notFound('allocation', id)
    const page = toPage(rows, query, ({ number }) => number)
    return { ...page, items: page.items.map(toVersion) }
  }

  // Their own versions, and those on resources they see: it may have moved from a hidden one.
  function whereReadable(caller: Caller): SQL {
    const isVisible = whereVisible(caller, tables.resources)
    if (!isVisible) return sql`true`
    return sql`(${caller.id} IN (created_by, booked_for) OR EXISTS (
      SELECT 1 FROM ${tables.resources} WHERE ${tables.resources.number} = resource_number
        AND ${isVisible}))`
  }

  /** Everything that was ever booked of it, former versions included, latest start first. */
  async function ofResource(
    path: ResourcePath,
    query: HistoryQuery,
    caller: Caller,
  ): Promise<Page<AllocationVersion>> {
    const window = readWindow(query)
    const after = readCursor(query, isPosition)
    const { number } = await resources.findEver(path, caller)
    const limit = rowsToAsk(query)
    const parts = [
      sql`${current} WHERE resource_number = ${number} AND ${isInside(window)}
        AND ${isAfter(after, sql`${sql.raw(String(latest))}`)} ORDER BY from_datetime DESC`,
      ...reaches.map(
        ({ class: reach, longest_ms }) =>
          sql`${former} WHERE resource_number = ${number} AND reach = ${reach}
            AND ${isInside(window, longest_ms)} AND ${isAfter(after, sql`number`)}
            ORDER BY from_datetime DESC, number DESC`,
      ),
    ]
    const order = sql`allocations.from_datetime DESC, allocations.number DESC`
    const rows = await read(caller, { parts, order, limit })
    const page = toPage(rows, query, ({ allocation, number: last }): Position => {
      const start = allocation.from_datetime
      return [Number.isFinite(start) ? start : null, last]
    })
    return { ...page, items: page.items.map(toVersion) }
  }

  function isInside({ from, to }: TimeSpan, longest_ms = Infinity): SQL | undefined {
    return and(
      sql`from_datetime < ${instant(to)}`,
      sql`to_datetime > ${instant(from)}`,
      sql`from_datetime + buffer_before_seconds * ${second} < ${instant(to)}`,
      sql`to_datetime - buffer_after_seconds * ${second} > ${instant(from)}`,
      sql`from_datetime >= ${instant(entryOf(from, longest_ms))}`,
    )
  }

  function isAfter(after: Position | undefined, number: SQL): SQL {
    if (!after) return sql`true`
    const start = instant(after[0] ?? -Infinity)
    return sql`from_datetime <= ${start}
      AND (from_datetime < ${start} OR ${number} < ${after[1]})`
  }

  return { ofAllocation, ofResource }
}

interface Reading {
  /** Each in order, and each without a limit. */
  parts: SQL[]
  order: SQL
  limit: number
}

function toVersion(found: Found): AllocationVersion {
  const { allocation, resource_id, resource_type, valid_from, valid_to, changed_by } = found
  return {
    allocation: toAllocation(allocation, { name: resource_type }, resource_id),
    valid_from: toInstant(valid_from) ?? '',
    valid_to: valid_to === null ? null : toInstant(valid_to),
    change: found.change,
    by: changed_by,
  }
}

function isPosition(value: unknown): value is Position {
  if (!Array.isArray(value) || value.length !== 2 || !Number.isSafeInteger(value[1])) return false
  return value[0] === null || isInstant(value[0])
}
