import { and, eq, gt, isNotNull, ne, sql } from 'drizzle-orm'
import type { Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { conflict } from '../../shared/problem.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { violation } from '@campus/store/error.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change, type Removal } from '../../shared/version.ts'
import type { ResourcePath } from './booking.ts'
import { shownBounds } from './buffers.ts'
import { nameTaken, type Resources } from './resources.ts'
import { isLive } from './touches.ts'
import { decommissioned, type InventoryTables, type ResourceRow } from './tables.ts'
import type { Viewer } from './visibility.ts'

/** Takes resources out of service, and returns them to it. */
export function createRetirement(context: Context, tables: InventoryTables, resources: Resources) {
  const { store, clock, id } = context
  const { allocations, resources: table } = tables

  /**
   * Takes a resource out of service with an allocation that never ends. The database refuses it
   * like any other overlap while something is booked, so no booking can slip in meanwhile.
   */
  async function decommission(path: ResourcePath, removal: Removal): Promise<void> {
    await retryOnConflict(() => tryDecommission(path, removal))
  }

  async function tryDecommission(path: ResourcePath, { caller, ifMatch, cascade }: Removal) {
    const { number, version } = await resources.find(path, caller)
    requireMatch(version, ifMatch)
    const now = clock()
    const insert = store.db.insert(allocations).values({
      id: id(),
      resource_number: number,
      from_datetime: now,
      to_datetime: Infinity,
      allocation_type: decommissioned,
      description: '',
      dump: '{}',
      created: now,
      created_by: caller.id,
    })
    const shown = shownBounds(store.columns, tables)
    const open = and(
      eq(allocations.resource_number, number),
      sql`${shown.to} > ${sql.param(now, allocations.to_datetime)}`,
      ne(allocations.allocation_type, decommissioned), // a concurrent one must win over ours
      isLive(store, allocations),
    )
    // First, so that the freed time is not offered to the waiting list.
    const mark = sql`UPDATE ${table} SET decommissioned = ${sql.param(now, table.decommissioned)},
      version = version + 1 WHERE number = ${number} AND decommissioned IS NULL`
    // A booking that is over does not delay it, even if its buffer is not.
    const isOver = and(
      eq(allocations.resource_number, number),
      gt(allocations.to_datetime, now),
      sql`${shown.to} <= ${sql.param(now, allocations.to_datetime)}`,
    )
    const cut = sql`UPDATE ${allocations} SET to_datetime = ${shown.to},
      buffer_after_seconds = 0, version = version + 1 WHERE ${isOver}`
    const cancellation = sql`DELETE FROM ${allocations} WHERE ${open}`
    const tombstone = insert.onConflictDoNothing().getSQL()
    const signature = sql`SELECT ${store.signedBy(caller.id)}`
    const statements = [signature, mark, cut, ...(cascade ? [cancellation] : []), tombstone]
    if (await store.atomically(statements)) return true
    await resources.find(path, caller) // 404 when a concurrent request was faster
    if (cascade) return undefined // what was booked meanwhile is to go as well
    const count = await store.db.$count(allocations, open)
    throw conflict(
      'resource_in_use',
      `${count} allocations have not ended. Release them, or retry with ?allocations=cancel.`,
      { allocations: count },
    )
  }

  /** Ends the allocation that took a resource out of service; the database does the rest. */
  async function putBack(
    resourceId: string,
    { caller, ifMatch }: Change<unknown>,
  ): Promise<Versioned<Resource>> {
    return retryOnConflict(async () => {
      const retired = await findRetired(resourceId, caller)
      requireMatch(retired.version, ifMatch)
      const last = and(
        eq(allocations.resource_number, retired.number),
        eq(allocations.allocation_type, decommissioned),
        eq(allocations.to_datetime, Infinity),
      )
      const [tombstone] = await store.db.select().from(allocations).where(last)
      if (!tombstone) return undefined // a concurrent request was faster
      const end = Math.max(clock(), tombstone.from_datetime + 1)
      const [ended] = await store.db
        .update(allocations)
        .set({ to_datetime: end, version: tombstone.version + 1 })
        .where(and(last, eq(allocations.version, tombstone.version), store.signedBy(caller.id)))
        .returning({ id: allocations.id })
        .catch((error: unknown) => {
          const isTaken = violation(error) === 'unique'
          throw isTaken ? nameTaken(retired.resource_type, retired.name) : error
        })
      return ended && resources.get({ resourceId }, caller)
    })
  }

  /** @throws 404 when there is no such resource, 409 when it is in service */
  async function findRetired(resourceId: string, viewer: Viewer): Promise<ResourceRow> {
    const [row] = await store.db
      .select()
      .from(table)
      .where(and(eq(table.id, resourceId), isNotNull(table.decommissioned)))
    if (row) return row
    const { name } = await resources.find({ resourceId }, viewer)
    throw conflict('resource_in_service', `${name} is in service.`)
  }

  return { decommission, putBack }
}
