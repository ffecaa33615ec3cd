import { and, asc, eq, gt, gte, inArray, isNull, sql } from 'drizzle-orm'
import type { Reader, Store } from '@campus/store/store.ts'
import { buffersOf, type Buffers } from '../buffers.ts'
import type { TimeSpan } from '../span.ts'
import type { InventoryTables } from '../tables.ts'
import { isLive } from '../touches.ts'
import type { OpenResource } from './free-time.ts'

export interface OpenCalendar {
  resource: OpenResource
  gaps: TimeSpan[]
}

type BusySpan = TimeSpan & { resource: number }

// Rows per read, which the serving thread handles at once.
const rowsMax = 2500
/** How many resources' bookings are read together. */
export const resourcesAtOnce = 20
/** How many resources are listed together. */
export const listedAtOnce = 2 * resourcesAtOnce

/** Reads from the rows when resources are free. */
export function createCalendarReader(store: Store, tables: InventoryTables) {
  const { allocations, resources, resource_types } = tables
  const { number, id, name, resource_type, visible_to, decommissioned } = resources
  const { resource_number, from_datetime: from, to_datetime: to } = allocations
  const { buffer_before_seconds, buffer_after_seconds } = resource_types
  const columns = {
    resource: { number, id, name, resource_type, visible_to },
    own: {
      buffer_before_seconds: resources.buffer_before_seconds,
      buffer_after_seconds: resources.buffer_after_seconds,
    },
    ofType: { buffer_before_seconds, buffer_after_seconds },
  }

  /** The next ones in service, by number. */
  async function readResources({ db }: Reader, after: number): Promise<OpenResource[]> {
    const rows = await db
      .select(columns)
      .from(resources)
      .innerJoin(resource_types, eq(resource_types.name, resource_type))
      .where(and(gt(number, after), isNull(decommissioned)))
      .orderBy(asc(number))
      .limit(listedAtOnce)
    return rows.map(toOpen)
  }

  /** Of some resources, those in service. @param numbers at most `resourcesAtOnce` */
  async function readThese(reader: Reader, numbers: number[], since: number) {
    const found = await reader.db
      .select(columns)
      .from(resources)
      .innerJoin(resource_types, eq(resource_types.name, resource_type))
      .where(and(inArray(number, numbers), isNull(decommissioned)))
      .orderBy(asc(number))
    return readCalendars(reader, found.map(toOpen), since)
  }

  /** @param of by number @param since earlier than that, nothing is free */
  async function readCalendars(
    reader: Reader,
    of: OpenResource[],
    since: number,
  ): Promise<OpenCalendar[]> {
    const calendars = new Map(of.map((resource) => [resource.number, createCalendar(since)]))
    let last: BusySpan | undefined
    do {
      const rows = await readBusy(reader, { numbers: [...calendars.keys()], since, last })
      for (const row of rows) calendars.get(row.resource)?.add(row)
      last = rows.length === rowsMax ? rows.at(-1) : undefined
      // SQLite reads synchronously.
      await new Promise((resolve) => setImmediate(resolve))
    } while (last)
    return of.map((resource) => ({
      resource,
      gaps: calendars.get(resource.number)?.end() ?? [],
    }))
  }

  interface Page {
    numbers: number[]
    since: number
    last: BusySpan | undefined
  }

  // Starts in the index of each resource at the last allocation that starts by then.
  function readBusy({ db }: Reader, { numbers, since, last }: Page): Promise<BusySpan[]> {
    if (numbers.length === 0) return Promise.resolve([])
    const start = sql.param(since, from)
    const entry = sql`coalesce((
      SELECT max(earlier.from_datetime) FROM ${allocations} earlier
      WHERE earlier.resource_number = ${number} AND earlier.from_datetime <= ${start}), ${start})`
    return db
      .select({ resource: resource_number, from, to })
      .from(resources)
      .innerJoin(allocations, and(eq(resource_number, number), gte(from, entry)))
      .where(
        and(
          inArray(number, numbers),
          gt(to, since),
          isLive(store, allocations),
          last &&
            sql`(${resource_number}, ${from}) > (${last.resource}, ${sql.param(last.from, from)})`,
        ),
      )
      .orderBy(asc(resource_number), asc(from))
      .limit(rowsMax)
  }

  return { readResources, readCalendars, readThese }
}

interface FoundResource {
  resource: Omit<OpenResource, 'buffers'>
  own: Parameters<typeof buffersOf>[0]
  ofType: Buffers
}

function toOpen({ resource, own, ofType }: FoundResource): OpenResource {
  return { ...resource, buffers: buffersOf(own, ofType) }
}

/** Collects what lies between busy spans that come in order. */
function createCalendar(since: number) {
  const gaps: TimeSpan[] = []
  let free = since
  return {
    add: ({ from, to }: TimeSpan) => {
      if (from > free) gaps.push({ from: free, to: from })
      free = to
    },
    end: () => {
      if (free < Infinity) gaps.push({ from: free, to: Infinity })
      return gaps
    },
  }
}
