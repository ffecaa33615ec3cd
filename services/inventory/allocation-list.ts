import {
  isNotNull,
  isNull,
  and,
  asc,
  eq,
  gt,
  gte,
  lt,
  ne,
  or,
  sql,
  type Column,
  type Param,
  type SQL,
  type SQLWrapper,
} from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { isInstant } from '../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import { invalid } from '../../shared/problem.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import { containsInAnyCase } from '@campus/store/contains.ts'
import type { Database } from '@campus/store/store.ts'
import { toAllocation } from './booking.ts'
import { bufferMax_ms, shownBounds, shownSpan } from './buffers.ts'
import { asAllocations, createAsOf, entryOf, type Part } from './history/as-of.ts'
import { readWindow, type TimeSpan, type WindowQuery } from './span.ts'
import { decommissioned, type InventoryTables } from './tables.ts'
import { whereVisible } from './visibility.ts'
import { day_ms } from '../../shared/duration.ts'

export interface AllocationQuery extends WindowQuery, PageQuery {
  type?: string | undefined
  resource_id?: string | undefined
  person?: string | undefined
  mine?: 'true' | undefined
  status?: 'held' | 'confirmed' | undefined
  q?: string | undefined
  as_of?: string | undefined
}

/** Where a list starts, and in which rows. */
interface Entry {
  part: Part
  caller: Caller
  only: SQL | undefined
  window: TimeSpan
  after: Position | undefined
}

interface PersonEntry {
  part: Part
  caller: Caller
  only: SQL | undefined
  whose: string
}

type Position = [from: number | null, id: string]

// A leap year. Longer windows need several requests.
const windowMax_days = 366
// More than anybody has; the limit only has to exist, see below.
const resourcesMax = 1_000_000

/** The allocations of all resources, by start: in a window, of a user, or by text. */
export function createAllocationList(context: Context, tables: InventoryTables) {
  const { store } = context
  const { allocations, resources } = tables
  const { readMoment, toParts } = createAsOf(context, tables)
  const { from_datetime: from, to_datetime: to, held_until: held, id } = allocations
  const shown = shownBounds(store.columns, tables)
  const person = sql`coalesce(${allocations.booked_for}, ${allocations.created_by})`

  /** @throws 422 when no filter bounds the number of rows to read */
  return async function list(query: AllocationQuery, caller: Caller): Promise<Page<Allocation>> {
    const window = readWindow(query)
    const whose = query.mine ? caller.id : query.person
    if (whose === undefined && query.resource_id === undefined) requireBounded(window)
    const after = readCursor(query, isPosition)
    const moment = await readMoment(query.as_of)
    const { db } = store.scan(caller.id)
    const isWanted = and(
      ne(allocations.allocation_type, decommissioned),
      query.status && (query.status === 'held' ? isNotNull(held) : isNull(held)),
      lt(from, window.to),
      gt(to, window.from),
      sql`${shown.from} < ${sql.param(window.to, from)}`,
      sql`${shown.to} > ${sql.param(window.from, to)}`,
      query.person === undefined ? undefined : eq(person, query.person),
      after && isAfter(after),
    )
    const parts = toParts(moment, whose === undefined).map((part) => {
      const only = and(isWanted, part.isLive)
      return whose === undefined
        ? ofResources(db, query, { part, only, window, after, caller })
        : ofPerson(db, query, { part, only, whose, caller })
    })
    const rows = await db
      .select({
        allocation: allocations,
        resource_id: sql`resource_id`.mapWith(resources.id),
        resource_type: sql<string>`resource_type`,
      })
      .from(asAllocations(tables, sql.join(parts, sql` UNION ALL `)))
      .orderBy(asc(shown.from), asc(id))
      .limit(rowsToAsk(query))
    // In JSON an infinite start is null.
    const page = toPage(rows, query, ({ allocation }): Position => [
      shownSpan(allocation).from,
      allocation.id,
    ])
    const items = page.items.map(({ allocation, resource_id, resource_type }) =>
      toAllocation(allocation, { name: resource_type }, resource_id),
    )
    return { ...page, items }
  }

  function ofPerson(db: Database, query: AllocationQuery, entry: PersonEntry) {
    const { part, only, whose, caller } = entry
    const isIt = and(
      eq(resources.number, allocations.resource_number),
      // Bookings stay their owner's, even when they no longer see the resource.
      whose === caller.id ? undefined : whereVisible(caller, resources),
      eq(person, whose),
      isOf(query),
      matches(query.q, resources.name),
    )
    return db
      .select(named(resources))
      .from(part.source)
      .innerJoin(resources, isIt)
      .where(only)
      .getSQL()
  }

  /**
   * Starts in the index of each resource at the last allocation before the window. The bounds are
   * columns, and the limit prevents their replacement by constants, with which PostgreSQL would
   * read the whole table. A cross join, whose order SQLite keeps: it may mistake few resources for
   * many.
   */
  function ofResources(db: Database, query: AllocationQuery, list: Entry) {
    const { part, only, window, after, caller } = list
    const { source, longest_ms } = part
    // A cursor before the window continues at its start: what is in between is not in the list.
    const last = after?.[0] ?? NaN
    const isInside = last >= window.from
    // With its buffers a booking may begin before the page does.
    const start = sql.param(isInside ? entryOf(last, bufferMax_ms) : window.from, from)
    const predecessor = sql`coalesce((
      SELECT max(earlier.from_datetime) FROM ${allocations} earlier
      WHERE earlier.resource_number = ${resources.number}
        AND earlier.from_datetime <= ${start}), ${start})`
    const { number, id: resource_id, resource_type, name, created } = resources
    // Without a cast PostgreSQL would assume text.
    const toTime = (time: Param) => sql`coalesce(${time}, ${created})`
    const earliest = sql.param(entryOf(window.from, longest_ms ?? 0), from)
    const entry = longest_ms === undefined ? predecessor : toTime(earliest)
    const each = db
      .select({
        number,
        resource_id: sql`${resource_id}`.as('resource_id'),
        resource_type,
        name,
        entry: (isInside ? toTime(start) : entry).as('entry'),
        until: toTime(sql.param(window.to, from)).as('until'),
      })
      .from(resources)
      .where(and(isOf(query), whereVisible(caller, resources)))
      .limit(resourcesMax)
      .as('each')
    const isIt = and(
      eq(allocations.resource_number, each.number),
      gte(from, each.entry),
      lt(from, each.until),
      matches(query.q, each.name),
    )
    const { resource_id: of, resource_type: type } = each
    return db
      .select(named({ id: of, resource_type: type }))
      .from(each)
      .crossJoin(source)
      .where(and(isIt, only))
      .getSQL()
  }

  /** What is selected, each under a name of its own. */
  function named({ id: of, resource_type }: Record<'id' | 'resource_type', SQLWrapper>) {
    return {
      allocation: allocations,
      resource_id: sql`${of}`.as('resource_id'),
      resource_type: sql`${resource_type}`.as('resource_type'),
    }
  }

  function isOf({ type, resource_id }: AllocationQuery): SQL | undefined {
    return and(
      type === undefined ? undefined : eq(resources.resource_type, type),
      resource_id === undefined ? undefined : eq(resources.id, resource_id),
    )
  }

  function isAfter([start, key]: Position): SQL {
    const last = sql`${sql.param(start ?? -Infinity, from)}, ${sql.param(key, id)}`
    return sql`(${shown.from}, ${id}) > (${last})`
  }

  function matches(q: string | undefined, name: Column): SQL | undefined {
    if (q === undefined) return undefined
    const fields = [allocations.description, allocations.reference, name]
    return or(...fields.map((field) => containsInAnyCase(store, field, q)))
  }
}

function requireBounded({ from, to }: TimeSpan): void {
  if (to - from <= windowMax_days * day_ms) return
  const detail =
    `Give ?from and ?to, at most ${windowMax_days} days apart, ` +
    'or filter by ?resource_id, ?person or ?mine=true.'
  throw invalid([{ pointer: '?to', detail }], 'window_too_long')
}

function isPosition(value: unknown): value is Position {
  if (!Array.isArray(value) || value.length !== 2) return false
  return (value[0] === null || isInstant(value[0])) && isId(value[1])
}
