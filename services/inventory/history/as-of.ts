import type { ProblemCode } from '../../../shared/problem-code.ts'
import { getTableColumns, sql, Subquery, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { isInstant, readInstant, toInstant } from '../../../shared/instant.ts'
import { invalid } from '../../../shared/problem.ts'
import { noSuchTime } from '../span.ts'
import { isLive } from '../touches.ts'
import type { InventoryTables } from '../tables.ts'
import { readStart } from './retention.ts'
import { day_ms } from '../../../shared/duration.ts'

/** Rows that stand for `allocations` in a query: now, or as they were. */
export interface Part {
  source: InventoryTables['allocations']
  isLive: SQL
  /**
   * Versions overlap; these have a maximum length, so a window is searched from that much earlier.
   * Undefined: allocations, of which only one reaches into a window.
   */
  longest_ms?: number
}

/** The longest span of each reach, as the triggers classify them. */
export const reaches = [day_ms, 31 * day_ms, 366 * day_ms, Infinity].map((longest_ms, at) => ({
  class: at,
  longest_ms,
}))

/** The allocations as of a moment, from the current rows and former versions. */
export function createAsOf(context: Context, tables: InventoryTables) {
  const { store, clock } = context
  const { allocations } = tables

  /** @throws 422 for the future, and for moments without a history */
  async function readMoment(text: string | undefined): Promise<number | undefined> {
    if (text === undefined) return undefined
    const moment = readInstant(text)
    if (moment === undefined) throw invalid([{ pointer: '?as_of', detail: noSuchTime }])
    if (moment > clock()) throw refuse('Give a moment that has passed.', 'as_of_in_future')
    const start = await readStart(context, tables)
    if (moment >= start) return moment
    throw refuse(`History begins at ${toInstant(start)}.`, 'history_not_kept')
  }

  /** @param isByResource whether the rows are found by their resource, so by start */
  function toParts(moment: number | undefined, isByResource: boolean): Part[] {
    if (moment === undefined) {
      return [{ source: allocations, isLive: isLive(store, allocations) }]
    }
    const at = sql.param(moment, allocations.created)
    const { held_until } = allocations
    const wasLive = sql`(${held_until} IS NULL OR ${held_until} > ${at})`
    const live = {
      source: asAllocations(
        tables,
        sql`SELECT * FROM allocations a WHERE a.created <= ${at} AND NOT EXISTS (
          SELECT 1 FROM allocation_versions v WHERE v.allocation_id = a.id AND v.valid_to > ${at})`,
      ),
      isLive: wasLive,
    }
    const former = sql`SELECT ${namesOf(tables).former}, reach FROM allocation_versions
      WHERE valid_from <= ${at} AND valid_to > ${at}`
    if (!isByResource) return [live, { source: asAllocations(tables, former), isLive: wasLive }]
    const formers = reaches.map((reach) => ({
      source: asAllocations(tables, sql`${former} AND reach = ${sql.raw(String(reach.class))}`),
      isLive: wasLive,
      longest_ms: reach.longest_ms,
    }))
    return [live, ...formers]
  }

  return { readMoment, toParts }
}

/**
 * A subquery in place of `allocations`: it has the same columns and name, by which drizzle refers
 * to a table.
 */
export function asAllocations(
  { allocations }: Pick<InventoryTables, 'allocations'>,
  query: SQL,
): InventoryTables['allocations'] {
  const rows = new Subquery(query, getTableColumns(allocations), 'allocations')
  return rows as unknown as InventoryTables['allocations']
}

/** The columns of an allocation, and those of a version under the same names. */
export function namesOf({ allocations, allocation_versions }: InventoryTables) {
  const names = Object.keys(getTableColumns(allocations))
  const kept = new Set(Object.keys(getTableColumns(allocation_versions)))
  const former = names.map((name) => {
    if (name === 'id') return 'allocation_id AS id'
    return kept.has(name) ? name : `NULL AS ${name}`
  })
  return { current: sql.raw(names.join(', ')), former: sql.raw(former.join(', ')) }
}

/** Where spans of this length that reach into a window may start. */
export function entryOf(window_ms: number, longest_ms: number): number {
  const entry = window_ms - longest_ms
  return isInstant(entry) ? entry : -Infinity
}

function refuse(detail: string, code: ProblemCode) {
  return invalid([{ pointer: '?as_of', detail }], code)
}
