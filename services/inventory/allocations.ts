import { and, eq, gt, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Created, Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import type { DailyLimit } from '../../shared/daily-limit.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import { createOnce, type Creation } from '../../shared/idempotency.ts'
import { isInstant } from '../../shared/instant.ts'
import {
  isLongPage,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../shared/page.ts'
import { notFound } from '../../shared/problem.ts'
import type {
  Allocation,
  AllocationChange,
  NewAllocation,
} from '../../shared/schemas/allocation.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import { placeholder } from '@campus/store/columns.ts'
import { storageFault, violation } from '@campus/store/error.ts'
import {
  changed,
  isOwn,
  readValues,
  requireMayChange,
  toAllocation,
  toRow,
  type ResourcePath,
} from './booking.ts'
import { createBookingBatch } from './booking-batch.ts'
import {
  keepsBuffers,
  noBuffers,
  shownBounds,
  shownSpan,
  toMovedBounds,
  withBuffers,
} from './buffers.ts'
import { refuseManaged, requireUnmanaged } from './managed.ts'
import { asMayEnd, requireNotOver } from './history/past.ts'
import { requireMayBookFor, requireMemberSpan } from './member-limits.ts'
import { overlap } from './overlap.ts'
import type { BookableType } from './resource-types.ts'
import { createRelease } from './release.ts'
import type { Resources } from './resources.ts'
import { readWindow, requireBookable, type TimeSpan, type WindowQuery } from './span.ts'
import type { Types } from './types.ts'
import type { AllocationRow, InventoryTables } from './tables.ts'
import { findTouching, isLive, isVersion, touches } from './touches.ts'
import { isVisible, unrestricted, type Restricted } from './visibility.ts'
import { createRemoveEndedHolds } from './waitlist/ended-holds.ts'

/** Identifies an allocation, as its path does. */
export interface AllocationPath extends ResourcePath {
  id: string
}

interface Listing {
  query: WindowQuery & PageQuery
  caller: Caller
}

type ChangedValues = ReturnType<typeof toMovedBounds> & ReturnType<typeof readValues>['details']

// A 409 lists at most this many conflicts; nobody reads more.
const conflictsMax = 10

/** Bookings: create, find, move, release. The database decides who wins; this code explains why. */
export function createAllocations(
  context: Context,
  tables: InventoryTables,
  { resources, types, limit }: { resources: Resources; types: Types; limit: DailyLimit },
) {
  const { store, clock, id } = context
  const { allocations } = tables
  const batch = createBookingBatch(store, tables)
  const releaseRow = createRelease(context, tables)
  const removeEndedHolds = createRemoveEndedHolds(store, tables)
  const findOne = store.db
    .select()
    .from(allocations)
    .where(
      and(
        eq(allocations.resource_number, placeholder(allocations.resource_number)),
        eq(allocations.id, placeholder(allocations.id)),
        isLive(store, allocations),
      ),
    )
    .prepare()
  const firstPage = prepareList()
  const laterPage = prepareList(
    gt(allocations.from_datetime, placeholder(allocations.from_datetime, 'after')),
  )

  async function allocate(
    path: ResourcePath,
    { body, caller, idempotencyKey }: Creation<NewAllocation>,
  ): Promise<Created<Allocation>> {
    const row = await readBooking(path, body, caller)
    // Of a restricted resource: the version in which the caller may see and book it.
    let version: number | undefined
    const span = { from: row.from_datetime, to: row.to_datetime }
    requireMemberSpan(caller, span)
    return createOnce(store, {
      idempotencyKey,
      value: toAllocation(row, { name: row.resource_type }, row.resource_id),
      write: (response) =>
        batch.add({ row, version, response, share: limit.shareOf(caller) }).catch(loseToGrid),
      explain: async () => {
        const refusal = await limit.findRefusal(caller)
        if (refusal) return refusal
        const resource = await resources.find(path, caller)
        const isManaged = resource.type.managedBy !== undefined
        const managed = refuseManaged(caller, resource.type)
        if (managed) return managed
        requireBookable(resource.type, span)
        const isOpen = resource.visible_to === null && !isManaged
        version = isOpen ? undefined : resource.version
        const keeps = keepsBuffers(caller, row.allocation_type)
        const busy = withBuffers(span, keeps ? resource.buffers : noBuffers)
        const conflicts = await findConflicts(resource.number, busy)
        if (conflicts.length === 0) return undefined // released meanwhile
        return overlap(conflicts, { caller, resource }, { shown: span, busy })
      },
    })
  }

  async function readBooking(path: ResourcePath, body: NewAllocation, caller: Caller) {
    const { resourceId } = path
    const read = (type: BookableType) => toRow({ type, resourceId, body, caller }, id(), clock())
    if (path.type !== undefined) return types.readWithGrid(path.type, read)
    // A retry gets its stored response even when the resource is out of service by now.
    return read((await resources.findEver(path, caller)).type)
  }

  async function findConflicts(resource: number, span: TimeSpan, except?: string) {
    const wanted = { resource, span, limit: conflictsMax + 1 }
    const rows = await findTouching({ store, allocations }, wanted)
    return rows.filter((row) => row.id !== except).slice(0, conflictsMax)
  }

  function prepareList(isAfter?: SQL) {
    const { from_datetime: from, resource_number } = allocations
    const window = { from: placeholder(from, 'from'), to: placeholder(from, 'to') }
    const isIn = touches({ store, allocations }, placeholder(resource_number, 'number'), window)
    const shown = shownBounds(store.columns, tables)
    const isShownIn = sql`${shown.from} < ${window.to} AND ${shown.to} > ${window.from}`
    return prepareRead(store, allocations, {
      tail: sql`FROM ${allocations} WHERE ${and(isIn, isShownIn, isAfter)}
        ORDER BY ${from} LIMIT ${sql.placeholder('limit')}`,
    })
  }

  async function list(path: ResourcePath, { query, caller }: Listing): Promise<Page<Allocation>> {
    const window = readWindow(query)
    const after = readCursor(query, isPosition)
    const { number, type } = await resources.find(path, caller)
    const wanted = { ...window, number, limit: rowsToAsk(query) }
    const whose = isLongPage(query) ? caller.id : undefined
    const rows = await (after
      ? laterPage({ ...wanted, after: after.from ?? -Infinity }, whose)
      : firstPage(wanted, whose))
    const page = toPage(rows, query, (last) => ({ from: finite(last.from_datetime) }))
    return { ...page, items: page.items.map((row) => toAllocation(row, type, path.resourceId)) }
  }

  /** Callers who no longer see the resource still have their bookings of it. */
  async function find(path: AllocationPath, caller: Caller) {
    const resource = await resources.find(path, unrestricted)
    const isHidden = !isVisible(caller, resource)
    const { number, type } = resource
    const [row] = await findOne.execute({ resource_number: number, id: path.id })
    if (isHidden && !(row && isOwn(caller, row))) throw notFound('resource', path.resourceId)
    if (!row) throw notFound('allocation', path.id)
    return { row, type, isHidden, resource }
  }

  async function get(path: AllocationPath, caller: Caller): Promise<Versioned<Allocation>> {
    const { row, type } = await find(path, caller)
    return toVersioned(row, type, path)
  }

  /** Changes the given fields. The old span is released only once the new one is booked. */
  async function change(
    path: AllocationPath,
    { body, caller, ifMatch }: Change<AllocationChange>,
  ): Promise<Versioned<Allocation>> {
    return retryOnConflict(async () => {
      const { row: before, type, isHidden, resource } = await find(path, caller)
      if (isHidden) throw notFound('resource', path.resourceId)
      requireMayChange(caller, before)
      requireMayBookFor(caller, body.booked_for)
      requireMatch(before.version, ifMatch)
      requireNotOver(caller, before, clock())
      const { span, details } = readValues(type, body, before)
      const was = shownSpan(before)
      if (span.from !== was.from || span.to !== was.to) {
        requireMemberSpan(caller, span)
        requireUnmanaged(caller, type)
      }
      const values = { ...toMovedBounds(before, span), ...details }
      const row = await limit.spend(caller, () => tryChange(before, { values, caller, resource }))
      return row && toVersioned(row, type, path)
    })
  }

  async function tryChange(
    before: AllocationRow,
    { values, ...seen }: { values: ChangedValues; caller: Caller; resource: Restricted },
  ) {
    try {
      const [row] = await store.db
        .update(allocations)
        .set({ ...changed(values, before), version: before.version + 1 })
        .where(
          and(
            isVersion({ store, allocations }, before, before.version),
            lockResource(before.resource_number),
            asMayEnd(context, allocations, seen.caller),
          ),
        )
        .returning()
      return row
    } catch (error) {
      // A move and a batch of bookings may deadlock; PostgreSQL aborts one of them. And one bound
      // of a span may no longer fit the other, changed by hand meanwhile.
      if (storageFault(error) === 'busy' || violation(error) === 'check') return undefined
      if (violation(error) === undefined) throw error
      const busy = { from: values.from_datetime, to: values.to_datetime }
      const conflicts = await findConflicts(before.resource_number, busy, before.id)
      if (conflicts.length > 0) {
        throw overlap(conflicts, seen, { shown: shownSpan(values), busy })
      }
      await removeEndedHolds([before.resource_number], busy)
      return undefined // the conflict has gone meanwhile
    }
  }

  async function release(path: AllocationPath, end: Change<unknown>): Promise<void> {
    const { row } = await find(path, end.caller)
    await releaseRow(row, end)
  }

  // Moves on one resource are serialized: two that swap places would deadlock.
  function lockResource(resource: number): SQL {
    const { resources: table } = tables
    return sql`${allocations.resource_number} = (
      SELECT ${table.number} FROM ${table} WHERE ${table.number} = ${resource} ${store.rowLock})`
  }

  return { allocate, list, get, change, release }
}

function toVersioned(
  row: AllocationRow,
  type: BookableType,
  { resourceId }: AllocationPath,
): Versioned<Allocation> {
  return { value: toAllocation(row, type, resourceId), version: row.version }
}

// The grid changed meanwhile: SQLite skips the row, PostgreSQL fails on it.
function loseToGrid(error: unknown): false {
  if (violation(error) === 'check') return false
  throw error
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null
}

function isPosition(value: unknown): value is { from: number | null } {
  if (typeof value !== 'object' || value === null || !('from' in value)) return false
  return value.from === null || isInstant(value.from)
}
