import { Type } from '@sinclair/typebox'
import { and, inArray, isNull, or, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { fold } from '../../shared/fold.ts'
import type { PageQuery } from '../../shared/page.ts'
import { invalid, ProblemError } from '../../shared/problem.ts'
import { idList, text } from '../../shared/schemas/primitive.ts'
import { contains } from '@campus/store/contains.ts'
import { meetsConditions, readConditions, whereText } from './property-filter.ts'
import type { ResourceFilter } from './resources.ts'
import type { InventoryTables } from './tables.ts'
import { toPropertySchema } from './type-values.ts'
import type { Types } from './types.ts'

/** The query parameters that filter resources of all types. */
export const searchQuery = {
  type: Type.Optional(text(50, 1, 'A resource type, such as `Car`')),
  q: Type.Optional(text(100, 0, 'Part of the name, case-insensitive')),
  where: Type.Optional(text(500, 0, whereText)),
}

// As many as fit into a URL.
const idsMax = 100

export const resourceIds = Type.Optional(idList(idsMax))

export interface SearchQuery extends PageQuery {
  type?: string | undefined
  q?: string | undefined
  where?: string | undefined
  ids?: string | undefined
  retired?: 'true' | 'false' | undefined
}

/** Reads the filter of a query over resources of all types. */
export function createSearch({ store }: Context, tables: InventoryTables, types: Types) {
  const { resources } = tables

  /** @throws 422 for an unknown type or an invalid condition */
  return async function readFilter(query: SearchQuery): Promise<ResourceFilter> {
    const { type, q, where, ids, retired } = query
    const schema = type === undefined ? undefined : await findSchema(type)
    const conditions = readConditions(where, schema)
    const only = and(
      q ? hasName(q) : undefined,
      ids === undefined ? undefined : inArray(resources.id, ids.split(',')),
      meetsConditions(store, resources, conditions),
    )
    return { type, isRetired: retired === 'true', only }
  }

  async function findSchema(type: string) {
    const found = await types.find(type).catch((error: unknown) => {
      if (!(error instanceof ProblemError)) throw error
      throw invalid([{ pointer: '?type', detail: error.message }])
    })
    return toPropertySchema(found)
  }

  // A row written by hand may lack the folded name.
  function hasName(q: string): SQL | undefined {
    return or(
      contains(resources.search_name, fold(q)),
      and(isNull(resources.search_name), contains(sql`lower(${resources.name})`, q.toLowerCase())),
    )
  }
}

export type ReadFilter = ReturnType<typeof createSearch>
