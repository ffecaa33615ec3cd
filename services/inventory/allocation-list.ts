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
} from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { isInstant } from '../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../shared/page.ts'
import { invalid } from '../../shared/problem.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import { contains } from '../../shared/store/contains.ts'
import type { Database } from '../../shared/store/store.ts'
import { toAllocation } from './booking.ts'
import { readWindow, type TimeSpan, type WindowQuery } from './span.ts'
import { isLive } from './touches.ts'
import { decommissioned, type InventoryTables } from './tables.ts'

export interface AllocationQuery extends WindowQuery, PageQuery {
  type?: string | undefined
  resource_id?: string | undefined
  person?: string | undefined
  mine?: 'true' | undefined
  status?: 'held' | 'confirmed' | undefined
  q?: string | undefined
}

/** Where a list is entered. */
interface Entry {
  window: TimeSpan
  after: Position | undefined
}

type Position = [filters: string, from: number | null, id: string]

const day_ms = 24 * 60 * 60 * 1000
// A leap year. Longer windows need several requests.
const windowMax_days = 366
// More than anybody has; it only has to be present, see below.
const resourcesMax = 1_000_000

/** The allocations of all resources, by start: in a window, of a user, or by text. */
export function createAllocationList({ store }: Context, tables: InventoryTables) {
  const { allocations, resources } = tables
  const { from_datetime: from, to_datetime: to, held_until: held, id } = allocations
  const person = sql`coalesce(${allocations.booked_for}, ${allocations.created_by})`

  /** @throws 422 when no filter bounds the number of rows to read */
  return async function list(query: AllocationQuery, caller: Caller): Promise<Page<Allocation>> {
    const window = readWindow(query)
    const whose = query.mine ? caller.id : query.person
    if (whose === undefined && query.resource_id === undefined) requireBounded(window)
    const filters = toFilters(query, caller)
    const after = readCursor(query, (value): value is Position => isPosition(value, filters))
    const { db } = store.scan(caller.id)
    const isWanted = and(
      ne(allocations.allocation_type, decommissioned),
      isLive(store, allocations),
      query.status && (query.status === 'held' ? isNotNull(held) : isNull(held)),
      lt(from, window.to),
      gt(to, window.from),
      query.person === undefined ? undefined : eq(person, query.person),
      after && isAfter(after),
    )
    const rows = await (
      whose === undefined ? ofResources(db, query, { window, after }) : ofPerson(db, whose, query)
    )
      .where(isWanted)
      .orderBy(asc(from), asc(id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, ({ allocation }): Position => {
      const start = allocation.from_datetime
      return [filters, Number.isFinite(start) ? start : null, allocation.id]
    })
    const items = page.items.map(({ allocation, resource_id, resource_type }) =>
      toAllocation(allocation, { name: resource_type }, resource_id),
    )
    return { ...page, items }
  }

  function ofPerson(db: Database, whose: string, query: AllocationQuery) {
    const { id: resource_id, resource_type } = resources
    const isIt = and(
      eq(resources.number, allocations.resource_number),
      eq(person, whose),
      isOf(query),
      matches(query.q, resources.name),
    )
    return db
      .select({ allocation: allocations, resource_id, resource_type })
      .from(allocations)
      .innerJoin(resources, isIt)
  }

  /**
   * Enters the index of each resource at the last allocation that starts before the window. The
   * bounds are columns, and the limit keeps them so: with constants PostgreSQL would read the whole
   * table.
   */
  function ofResources(db: Database, query: AllocationQuery, { window, after }: Entry) {
    // A page that ends before the window goes on in it: what lies between is none of it.
    const isInside = after?.[1] != null && after[1] >= window.from
    const start = sql.param(isInside ? after[1] : window.from, from)
    const entry = sql`coalesce((
      SELECT max(earlier.from_datetime) FROM ${allocations} earlier
      WHERE earlier.resource_number = ${resources.number}
        AND earlier.from_datetime <= ${start}), ${start})`
    const { number, id: resource_id, resource_type, name, created } = resources
    // Without a cast PostgreSQL would take it for text.
    const toTime = (time: Param) => sql`coalesce(${time}, ${created})`
    const each = db
      .select({
        number,
        resource_id,
        resource_type,
        name,
        entry: (isInside ? toTime(start) : entry).as('entry'),
        until: toTime(sql.param(window.to, from)).as('until'),
      })
      .from(resources)
      .where(isOf(query))
      .limit(resourcesMax)
      .as('each')
    const isIt = and(
      eq(allocations.resource_number, each.number),
      gte(from, each.entry),
      lt(from, each.until),
      matches(query.q, each.name),
    )
    return db
      .select({
        allocation: allocations,
        resource_id: each.resource_id,
        resource_type: each.resource_type,
      })
      .from(each)
      .innerJoin(allocations, isIt)
  }

  function isOf({ type, resource_id }: AllocationQuery): SQL | undefined {
    return and(
      type === undefined ? undefined : eq(resources.resource_type, type),
      resource_id === undefined ? undefined : eq(resources.id, resource_id),
    )
  }

  function isAfter([, start, key]: Position): SQL {
    return sql`(${from}, ${id}) > (${sql.param(start ?? -Infinity, from)}, ${sql.param(key, id)})`
  }

  function matches(q: string | undefined, name: Column): SQL | undefined {
    if (q === undefined) return undefined
    const fields = [allocations.description, allocations.reference, name]
    // As written, or in lower case, which SQLite knows for ASCII only.
    const found = fields.flatMap((field) => [
      contains(field, q),
      contains(sql`lower(${field})`, q.toLowerCase()),
    ])
    return or(...found)
  }
}

function requireBounded({ from, to }: TimeSpan): void {
  if (to - from <= windowMax_days * day_ms) return
  const detail =
    `Give ?from and ?to, at most ${windowMax_days} days apart, ` +
    'or filter by ?resource_id, ?person or ?mine=true.'
  throw invalid([{ pointer: '?to', detail }], 'window_too_long')
}

// A cursor is valid only for the list it was made for.
function toFilters(query: AllocationQuery, caller: Caller): string {
  const { from, to, type, resource_id, person, mine, status, q } = query
  const filters = [from, to, type, resource_id, person, mine && caller.id, status, q]
  return Bun.hash(JSON.stringify(filters)).toString(36)
}

function isPosition(value: unknown, filters: string): value is Position {
  if (!Array.isArray(value) || value.length !== 3 || value[0] !== filters) return false
  return (value[1] === null || isInstant(value[1])) && isId(value[2])
}
