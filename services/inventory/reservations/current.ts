import { and, asc, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { CurrentQuery, CurrentReservations } from '../../../shared/schemas/display.ts'
import { toAllocation } from '../booking.ts'
import type { AllocationRow, InventoryTables } from '../tables.ts'
import { whereVisible } from '../visibility.ts'
import { toViewer } from './outlook.ts'

// More than a screen can show in a minute or two.
const resourcesMax = 200

/** The current and next bookings of resources, buffers included. */
export function createCurrent(
  { store: { db }, clock }: Pick<Context, 'store' | 'clock'>,
  { allocations, resources, resource_types: types }: InventoryTables,
) {
  const { from_datetime: from } = allocations

  return async function read(query: CurrentQuery, caller: Caller): Promise<CurrentReservations> {
    const now = clock()
    const at = sql.param(now, from)
    // Two probes of an index for each: allocations of one never overlap.
    const probe = (only: SQL, order: SQL) =>
      sql<string | null>`(
      SELECT a.id FROM ${allocations} a WHERE a.resource_number = ${resources.number} AND ${only}
      ORDER BY a.from_datetime ${order} LIMIT 1)`.mapWith(allocations.id)
    const last = probe(sql`a.from_datetime <= ${at}`, sql`DESC`)
    const isLive = sql`(a.held_until IS NULL OR a.held_until > ${at})`
    const next = probe(sql`a.from_datetime > ${at} AND ${isLive}`, sql`ASC`)
    const { id, name, resource_type } = resources
    const rows = await db
      .select({ id, name, resource_type, last, next })
      .from(resources)
      .where(and(isNull(resources.decommissioned), isAsked(query, caller)))
      .orderBy(asc(resources.name), asc(resources.id))
      .limit(resourcesMax + 1)
    const shown = rows.slice(0, resourcesMax)
    const found = await findAll(shown.flatMap(({ last, next }) => [last ?? [], next ?? []].flat()))
    const isNow = (row: AllocationRow) =>
      row.to_datetime > now && (row.held_until === null || row.held_until > now)
    return {
      more: rows.length > shown.length,
      resources: shown.map(({ last: lastId, next: nextId, ...resource }) => {
        const write = (row: AllocationRow | undefined) =>
          row ? toAllocation(row, { name: resource.resource_type }, resource.id) : null
        const current = found.get(lastId ?? '')
        return {
          ...resource,
          now: write(current && isNow(current) ? current : undefined),
          next: write(found.get(nextId ?? '')),
        }
      }),
    }
  }

  function isAsked(query: CurrentQuery, caller: Caller): SQL | undefined {
    const { type, type_id, resource_ids, viewer } = query
    const named = db.select({ name: types.name }).from(types)
    return and(
      type === undefined ? undefined : eq(resources.resource_type, type),
      type_id === undefined
        ? undefined
        : inArray(resources.resource_type, named.where(eq(types.id, type_id))),
      resource_ids === undefined ? undefined : inArray(resources.id, resource_ids),
      whereVisible(toViewer(caller, viewer), resources),
    )
  }

  async function findAll(ids: string[]): Promise<Map<string, AllocationRow>> {
    const rows = await db.select().from(allocations).where(inArray(allocations.id, ids))
    return new Map(rows.map((row) => [row.id, row]))
  }
}
