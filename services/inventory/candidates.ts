import { and, asc, eq, gte, inArray, isNull, lt, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { isFree } from './free.ts'
import type { TimeSpan } from './span.ts'
import type { InventoryTables, ResourceRow } from './tables.ts'

export interface Search {
  /** All that a resource must be; it is in service anyway. */
  filter: SQL | undefined
  span: TimeSpan
  /** How many to find; fewer only when there are no more. */
  count: number
}

// How many numbers are looked at in one go: a millisecond where all of them are taken.
const chunk = 256

/** Resources that are free, some of many. */
export function createCandidates({ store }: Context, tables: InventoryTables) {
  const { resources } = tables
  const { number } = resources
  let highest = 0

  async function readHighest(): Promise<number> {
    const [row] = await store.db.select({ last: sql<number>`max(${number})` }).from(resources)
    return Number(row?.last ?? 0)
  }

  /**
   * Free resources, beginning anywhere, so that many who ask are given different ones. Others are
   * served between two pieces, however many are taken.
   */
  async function findFree({ filter, span, count }: Search): Promise<ResourceRow[]> {
    const begin = Math.floor(Math.random() * (highest + 1))
    const found = await walk({ filter, span, count }, begin, Infinity)
    if (found.length >= count) return found
    const rest = { filter, span, count: count - found.length }
    return [...found, ...(await walk(rest, 0, begin))]
  }

  async function walk({ filter, span, count }: Search, from: number, end: number) {
    const found: ResourceRow[] = []
    for (let at = from; at < end && found.length < count; at += chunk) {
      const until = Math.min(end, at + chunk)
      const rows = await store.db
        .select()
        .from(resources)
        .where(
          and(
            gte(number, at),
            lt(number, until),
            isNull(resources.decommissioned),
            filter,
            isFree(store, tables, span),
          ),
        )
        .orderBy(asc(number))
        .limit(count - found.length)
      found.push(...rows)
      if (found.length >= count) return found
      if (until > highest) highest = await readHighest()
      if (until > highest) return found
      await new Promise((resolve) => setImmediate(resolve))
    }
    return found
  }

  /** Those in service, by id. */
  async function findAll(ids: readonly string[]): Promise<Map<string, ResourceRow>> {
    if (ids.length === 0) return new Map()
    const rows = await store.db
      .select()
      .from(resources)
      .where(and(inArray(resources.id, [...new Set(ids)]), isNull(resources.decommissioned)))
    return new Map(rows.map((row) => [row.id, row]))
  }

  /** Those of them that are free, in their order. */
  async function findPreferred(ids: readonly string[], { filter, span }: Omit<Search, 'count'>) {
    if (ids.length === 0) return []
    const rows = await store.db
      .select()
      .from(resources)
      .where(
        and(
          inArray(resources.id, [...ids]),
          isNull(resources.decommissioned),
          filter,
          isFree(store, tables, span),
        ),
      )
    return rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
  }

  const ofType = (type: string) => eq(resources.resource_type, type)

  return { findFree, findPreferred, findAll, ofType }
}

export type Candidates = ReturnType<typeof createCandidates>
