import { and, eq, isNull } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { readLimit } from '../../../shared/page.ts'
import { invalid } from '../../../shared/problem.ts'
import type { Opening } from '../../../shared/schemas/opening.ts'
import type { ReadFilter } from '../resource-search.ts'
import type { BookableType } from '../resource-types.ts'
import type { Resources } from '../resources.ts'
import type { InventoryTables } from '../tables.ts'
import { toBookable } from '../type-values.ts'
import { whereVisible } from '../visibility.ts'
import type { Types } from '../types.ts'
import { createCurrentFreeTime } from './current-free-time.ts'
import { findAmong, findInType } from './find-openings.ts'
import { readWanted, type OpeningQuery } from './opening-query.ts'

export interface Searched {
  resources: Resources
  types: Types
  readFilter: ReadFilter
}

/** The earliest spans of a length in which a resource of a type is free. */
export function createOpenings(
  context: Context,
  tables: InventoryTables,
  { resources, types, readFilter }: Searched,
) {
  const { clock, store } = context
  const readFreeTime = createCurrentFreeTime(context, tables)

  /** @throws 404 for an unknown resource, 422 without `type` and `resource_id` */
  return async function listOpenings(query: OpeningQuery, caller: Caller): Promise<Opening[]> {
    // Both take a while where the database is elsewhere.
    const [{ type, numbers }, free] = await Promise.all([readScope(query, caller), readFreeTime()])
    const wanted = readWanted(query, type, clock())
    const limit = readLimit(query)
    const found = numbers
      ? await findAmong(free, numbers, { wanted, limit })
      : await findInType(free, type.name, { wanted, limit, caller })
    return found.flatMap(({ resource, from, to, freeUntil }) => {
      const { id, name, resource_type } = free.find(resource) ?? {}
      if (id === undefined || name === undefined || resource_type === undefined) return []
      const span = { from_datetime: toInstant(from) ?? '', to_datetime: toInstant(to) ?? '' }
      return { resource_type, resource_id: id, name, ...span, free_until: toInstant(freeUntil) }
    })
  }

  interface Scope {
    type: BookableType
    /** Undefined: all of the type. */
    numbers: number[] | undefined
  }

  async function readScope(query: OpeningQuery, caller: Caller): Promise<Scope> {
    const { type, resource_id: resourceId } = query
    if (resourceId !== undefined) {
      const path = { ...(type !== undefined && { type }), resourceId }
      const found = await resources.find(path, caller)
      return { type: found.type, numbers: [found.number] }
    }
    if (type === undefined) throw unscoped()
    const { only } = await readFilter(query)
    const bookable = toBookable(await types.find(type))
    if (!only) return { type: bookable, numbers: undefined }
    const { number, resource_type, decommissioned } = tables.resources
    const matching = await store
      .scan(caller.id)
      .db.select({ number })
      .from(tables.resources)
      .where(
        and(
          eq(resource_type, type),
          isNull(decommissioned),
          whereVisible(caller, tables.resources),
          only,
        ),
      )
    return { type: bookable, numbers: matching.map((row) => row.number) }
  }
}

function unscoped() {
  return invalid([{ pointer: '?type', detail: 'Give ?type, such as Car, or ?resource_id.' }])
}
