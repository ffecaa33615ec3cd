import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import {
  createLogOrder,
  readEventId,
  toEventId,
  toPosition,
  type Position,
} from '../../../shared/event-position.ts'
import type { Caller } from '../../../shared/access.ts'
import { toInstant } from '../../../shared/instant.ts'
import { ProblemError } from '../../../shared/problem.ts'
import type { Change } from '../../../shared/schemas/allocation-history.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { Store } from '@campus/store/store.ts'
import { toAllocation } from '../booking.ts'
import { rowsMax, type EventLog, type InventoryEvent } from '../event-log.ts'
import type { AllocationRow, InventoryTables, ResourceRow, VersionRow } from '../tables.ts'
import { isVisible } from '../visibility.ts'

export interface ChangeQuery {
  after?: string | undefined
  limit?: string | undefined
}

export interface ChangePage {
  changes: Change[]
  /** The position to continue from, also when nothing has happened since. */
  next: string
}

/** A change as an event; its position is its id. */
interface ChangeEvent extends InventoryEvent {
  data: Omit<Change, 'id'> & Record<string, unknown>
}

/** The position of a reader who has read everything. */
export const latest = 'latest'
const limitDefault = 50
// A page may be short or empty after reading this many times its size.
const readsMax = 5

/** Changes of bookings and resources in commit order: by whom, from what, to what. */
export function createChanges(store: Store, tables: InventoryTables, log: EventLog) {
  const { events, resources, allocations, allocation_versions } = tables
  const order = createLogOrder(store, events)
  const former = alias(allocation_versions, 'former')
  const next = alias(allocation_versions, 'next')

  /**
   * All in one statement, as the state after a change is the next version of the booking: the row
   * itself unless that has changed since.
   */
  async function readAfter(
    after: Position,
    limit = rowsMax,
    { db }: Pick<Store, 'db'> = store,
  ): Promise<ChangeEvent[]> {
    const nextNumber = sql`(SELECT min(later.number) FROM ${allocation_versions} later
      WHERE later.allocation_id = ${events.allocation_id}
        AND later.number > coalesce(${events.former}, 0))`
    const isCurrent = and(
      eq(allocations.id, events.allocation_id),
      isNull(next.number),
      ne(events.kind, 'allocation.released'),
    )
    const rows = await db
      .select({ event: events, resource: resources, former, next, current: allocations })
      .from(events)
      .innerJoin(resources, eq(resources.number, events.resource_number))
      .leftJoin(former, eq(former.number, events.former))
      .leftJoin(next, and(ne(events.kind, 'allocation.released'), eq(next.number, nextNumber)))
      .leftJoin(allocations, isCurrent)
      .where(order.isAfter(after))
      .orderBy(...order.columns)
      .limit(limit)
    return rows.map(toChange)
  }

  /** The changes after a position that a viewer sees, in a bounded number of reads. */
  async function readVisible(after: Position, limit: number, viewer: Caller) {
    const reader = limit > limitDefault ? store.scan(viewer.id) : store
    const changes: ChangeEvent[] = []
    let at = after
    for (let reads = 0; reads < readsMax && changes.length < limit; reads++) {
      const batch = await readAfter(at, limit, reader)
      const visible = batch.filter((change) => isVisible(viewer, change))
      const taken = visible.slice(0, limit - changes.length)
      changes.push(...taken)
      const isCut = taken.length < visible.length
      at = (isCut ? taken : batch).at(-1) ?? at
      if (batch.length < limit) break
    }
    return { changes, at }
  }

  /** @throws 410 when changes after the position are no longer kept */
  async function list(
    { after, limit = String(limitDefault) }: ChangeQuery,
    caller: Caller,
  ): Promise<ChangePage> {
    if (after !== undefined && after !== latest && readEventId(after) === undefined) throw notOurs()
    const start = await log.findStart(after === latest ? undefined : after)
    if (start.isReset) throw gone()
    const from = after === undefined ? { transaction: 0, id: 0 } : start.at
    const found =
      after === latest ? { changes: [], at: from } : await readVisible(from, Number(limit), caller)
    const idOf = (position: Position) => toEventId(start.epoch, position)
    const changes = found.changes.map((change) => ({ id: idOf(change), ...change.data }))
    return { changes, next: idOf(found.at) }
  }

  return { list, readAfter }
}

interface Row {
  event: InventoryTables['events']['$inferSelect']
  resource: ResourceRow
  former: VersionRow | null
  next: VersionRow | null
  current: AllocationRow | null
}

function toChange({ event, resource, former, next, current }: Row): ChangeEvent {
  const { id: resource_id, resource_type, visible_to } = resource
  const toWire = (row: AllocationRow | null) => row && toAllocationOf(row, resource)
  const before = former && toWire({ ...former, id: former.allocation_id })
  const after = toWire(next ? { ...next, id: next.allocation_id } : current)
  // A release may be the expiry of a hold, and a move any change: the version says which.
  const kind = former ? `allocation.${former.change}` : event.kind
  const by = former ? former.changed_by : (after?.created_by ?? event.signed_by)
  const data = {
    kind,
    happened: toInstant(event.happened) ?? '',
    resource_type,
    resource_id,
    by,
    before,
    after,
  }
  return { ...toPosition(event), kind, resource_type, resource_id, visible_to, data }
}

function toAllocationOf(row: AllocationRow, { id, resource_type }: ResourceRow): Allocation {
  return toAllocation(row, { name: resource_type }, id)
}

function gone(): ProblemError {
  return new ProblemError({
    status: 410,
    code: 'changes_gone',
    detail: `Changes after that are no longer kept. Reload everything, then begin at "${latest}".`,
  })
}

function notOurs(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'cursor_invalid',
    detail: `"after" is the id of a change, or "${latest}".`,
  })
}
