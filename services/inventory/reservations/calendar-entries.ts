import { and, inArray, sql } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { toInstant } from '../../../shared/instant.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { Page } from '../../../shared/page.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { CalendarEntries, CalendarQuery } from '../../../shared/schemas/calendar.ts'
import type { createAllocationList } from '../allocation-list.ts'
import type { Resources } from '../resources.ts'
import type { InventoryTables } from '../tables.ts'
import type { Types } from '../types.ts'
import { whereVisible } from '../visibility.ts'
import { toViewer } from './outlook.ts'

interface Dependencies {
  listAllocations: ReturnType<typeof createAllocationList>
  resources: Resources
  types: Types
}

// More than anybody reads in a calendar.
const entriesMax = 1000

/** The entries of a user's calendar: the allocations they see, as in the list. */
export function createCalendarEntries(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { allocations, allocation_versions: versions, resources: table }: InventoryTables,
  { listAllocations, resources, types }: Dependencies,
) {
  async function read(body: CalendarQuery, caller: Caller): Promise<CalendarEntries> {
    const { resource_id, type_id, named } = body
    const viewer = toViewer(caller, body.viewer)
    const name = await findName(body, viewer)
    const isOfType = type_id !== undefined || body.type !== undefined
    const isOwn = resource_id === undefined && !isOfType
    const type = isOfType ? (name ?? '') : undefined
    const listed = { resource_id, type, ...(isOwn && { mine: 'true' as const }) }
    const list = (span: { from: string; to: string }) =>
      listAllocations({ ...listed, ...span, limit: String(entriesMax) }, viewer)
    const found =
      isOwn || name !== null
        ? await findEntries(list, { ...body, now: toInstant(clock()) ?? body.from })
        : []
    const ids = found.map(({ id }) => id)
    const revisions = await readRevisions(ids)
    return {
      name,
      entries: found.map((allocation) => {
        const { version = 1, revised } = revisions.get(allocation.id) ?? {}
        return { allocation, version, revised: toInstant(revised ?? NaN) ?? allocation.created }
      }),
      resources: await readNames([...found.map((it) => it.resource_id), ...named], viewer),
    }
  }

  async function findName({ resource_id, type_id, type }: CalendarQuery, viewer: Caller) {
    const missing = (error: unknown) => {
      if (error instanceof ProblemError && error.status === 404) return null
      throw error
    }
    if (resource_id !== undefined) {
      const found = await resources.findEver({ resourceId: resource_id }, viewer).catch(missing)
      return found && found.name
    }
    if (type_id !== undefined) {
      const found = await types.get(type_id).catch(missing)
      return found && found.value.name
    }
    if (type === undefined) return null
    const found = await types.find(type).catch(missing)
    return found && found.name
  }

  async function readRevisions(ids: string[]) {
    // The end of its last version is when it became what it is.
    const revised = sql<number>`coalesce((SELECT valid_to FROM ${versions}
      WHERE allocation_id = allocations.id ORDER BY number DESC LIMIT 1), allocations.created)`
    const rows = await store.db
      .select({
        id: allocations.id,
        version: allocations.version,
        revised: revised.mapWith(allocations.created),
      })
      .from(allocations)
      .where(inArray(allocations.id, ids))
    return new Map(rows.map((row) => [row.id, row]))
  }

  function readNames(ids: string[], viewer: Caller) {
    return store.db
      .select({ id: table.id, name: table.name })
      .from(table)
      .where(and(inArray(table.id, [...new Set(ids)]), whereVisible(viewer, table)))
  }

  return read
}

type List = (span: { from: string; to: string }) => Promise<Page<Allocation>>

/** The future first: if there are too many, the past is left out. */
async function findEntries(
  list: List,
  { from, now, to }: { from: string; now: string; to: string },
): Promise<Allocation[]> {
  if (from >= now || to <= now) return (await list({ from, to })).items
  const { items: coming } = await list({ from: now, to })
  const past = await list({ from, to: now })
  // Those of this moment are in both.
  const all = new Map([...past.items, ...coming].map((it) => [it.id, it]))
  return past.next !== undefined || all.size > entriesMax ? coming : [...all.values()]
}
