import { isNull, sql } from 'drizzle-orm'
import { placeholder } from '@campus/store/columns.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import type { Store } from '@campus/store/store.ts'
import { candidateColumns, type Candidate } from './candidates.ts'
import type { InventoryTables } from './tables.ts'
import { isVisible, type Viewer } from './visibility.ts'

// Resources that are remembered, some 300 bytes each.
const rememberedMax = 20_000

/** Resources in service that a request names by id. */
export function createNamedResources(store: Store, { resources }: InventoryTables) {
  // By id, as last read.
  const remembered = new Map<string, Candidate>()
  // One statement for each number of ids.
  const prepared = new Map<number, ReturnType<typeof prepare>>()

  function prepare(count: number) {
    const ids = Array.from({ length: count }, (_, at) => placeholder(resources.id, String(at)))
    const tail = sql`FROM ${resources} WHERE ${resources.id} IN (${sql.join(ids, sql`, `)})
      AND ${isNull(resources.decommissioned)}`
    return prepareRead(store, resources, { columns: candidateColumns, tail })
  }

  /** Those that the viewer sees, by id. */
  async function read(given: readonly string[], viewer: Viewer): Promise<Map<string, Candidate>> {
    const ids = [...new Set(given)]
    if (ids.length === 0) return new Map()
    const find = prepared.get(ids.length) ?? prepare(ids.length)
    prepared.set(ids.length, find)
    const rows = await find({ ...ids })
    if (remembered.size > rememberedMax) remembered.clear()
    for (const row of rows) remembered.set(row.id, row)
    const visible = rows.filter((row) => isVisible(viewer, row))
    return new Map(visible.map((row) => [row.id, row]))
  }

  /** As last read, for a commit that checks their versions; undefined unless all are remembered. */
  function recall(ids: readonly string[], viewer: Viewer): Map<string, Candidate> | undefined {
    const rows = ids.flatMap((id) => remembered.get(id) ?? [])
    const isEach = rows.length === ids.length && rows.every((row) => isVisible(viewer, row))
    return isEach ? new Map(rows.map((row) => [row.id, row])) : undefined
  }

  return { read, recall }
}
