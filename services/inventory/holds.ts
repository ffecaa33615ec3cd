import { and, eq, isNull, or, sql, type Column } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { conflict, notFound } from '../../shared/problem.ts'
import type { Prunable } from '../../shared/host/prune.ts'
import type { Allocation, HoldExtension } from '../../shared/schemas/allocation.ts'
import { placeholder } from '@campus/store/columns.ts'
import { prepareChange } from '@campus/store/prepare-read.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import { isOwn, requireMayChange, toAllocation } from './booking.ts'
import { shownBounds } from './buffers.ts'
import { asMayEnd, requireNotOver } from './history/past.ts'
import { holdMax_ms, holdTooLong, readHold } from './hold-time.ts'
import { createRelease } from './release.ts'
import { isLive, isVersion } from './touches.ts'
import type { AllocationRow, InventoryTables } from './tables.ts'
import { isVisible } from './visibility.ts'
import { day_ms } from '../../shared/duration.ts'

// Expired holds are kept this long; they are in no response and block nobody.
const keepEndedFor_ms = day_ms

/** Allocations by id alone: holds are confirmed, extended and released. */
export function createHolds(context: Context, tables: InventoryTables) {
  const { store, clock } = context
  const { allocations, resources } = tables
  const releaseRow = createRelease(context, tables)
  const { columns } = store
  const isHeld = sql`${allocations.held_until} > ${columns.now}`
  const found = {
    row: allocations,
    resource_id: resources.id,
    resource_type: resources.resource_type,
    visible_to: resources.visible_to,
  }

  /** Also one's own when the resource is no longer visible. */
  async function find(id: string, caller: Caller) {
    const [one] = await store.db
      .select(found)
      .from(allocations)
      .innerJoin(resources, eq(resources.number, allocations.resource_number))
      .where(and(eq(allocations.id, id), isLive(store, allocations)))
    const isShown = one && (isOwn(caller, one.row) || isVisible(caller, one))
    if (!isShown) throw notFound('allocation', id)
    return one
  }

  const ofResource = (column: Column) => ({
    column,
    value: sql`(SELECT ${column} FROM ${resources}
      WHERE ${resources.number} = ${allocations.resource_number})`,
  })

  // In the usual case the creator confirms their own hold in time: one statement without a prior
  // read. It may have been handed over since.
  const confirmOwn = prepareChange<
    typeof allocations,
    { resource_id: string; resource_type: string }
  >(store, allocations, {
    change: sql`UPDATE ${allocations} SET held_until = NULL, version = ${allocations.version} + 1
        WHERE ${and(
          eq(allocations.id, placeholder(allocations.id)),
          eq(allocations.created_by, placeholder(allocations.created_by)),
          or(isNull(allocations.booked_for), eq(allocations.booked_for, allocations.created_by)),
          isHeld,
          sql`${shownBounds(columns, tables).to} > ${columns.now}`,
          store.signedBy(sql.placeholder(allocations.created_by.name)),
        )}`,
    also: {
      resource_id: ofResource(resources.id),
      resource_type: ofResource(resources.resource_type),
    },
  })

  /** Confirms a hold. Idempotent, so safe to retry. */
  async function confirm(
    id: string,
    { caller, ifMatch }: Change<unknown>,
  ): Promise<Versioned<Allocation>> {
    if (ifMatch === undefined) {
      const [row] = await confirmOwn({ id, created_by: caller.id })
      if (row) return toVersioned({ row, ...row })
    }
    return change(id, { caller, ifMatch }, (row) => (row.held_until === null ? undefined : null))
  }

  /** @throws 409 `not_held` if confirmed, 422 past 24 hours from its creation */
  async function extend(
    id: string,
    { body, caller, ifMatch }: Change<HoldExtension>,
  ): Promise<Versioned<Allocation>> {
    const until = readHold(body.hold_for, clock())
    return change(id, { caller, ifMatch }, (row) => {
      if (row.held_until === null) {
        throw conflict('not_held', 'It is confirmed, so it has no hold to extend.')
      }
      if (until > row.created + holdMax_ms) throw holdTooLong()
      return until
    })
  }

  /** @param toUntil the new end of the hold; undefined: unchanged */
  async function change(
    id: string,
    { caller, ifMatch }: Omit<Change<unknown>, 'body'>,
    toUntil: (row: AllocationRow) => number | null | undefined,
  ): Promise<Versioned<Allocation>> {
    return retryOnConflict(async () => {
      const before = await find(id, caller)
      requireMayChange(caller, before.row)
      requireMatch(before.row.version, ifMatch)
      requireNotOver(caller, before.row, clock())
      const held_until = toUntil(before.row)
      if (held_until === undefined) return toVersioned(before)
      const [row] = await store.db
        .update(allocations)
        .set({ held_until, version: before.row.version + 1 })
        .where(
          and(
            isVersion({ store, allocations }, before.row, before.row.version),
            isHeld,
            asMayEnd(context, allocations, caller),
          ),
        )
        .returning()
      return row && toVersioned({ ...before, row })
    })
  }

  async function release(id: string, end: Change<unknown>): Promise<void> {
    const { row } = await find(id, end.caller)
    await releaseRow(row, end)
  }

  const prunable: Prunable = {
    name: 'ended holds',
    table: allocations,
    key: allocations.id,
    since: allocations.held_until,
    keepFor_ms: keepEndedFor_ms,
  }

  return { confirm, extend, release, prunable }
}

function toVersioned(found: {
  row: AllocationRow
  resource_id: string
  resource_type: string
}): Versioned<Allocation> {
  const { row, resource_id, resource_type } = found
  return {
    value: toAllocation(row, { name: resource_type }, resource_id),
    version: row.version,
  }
}
