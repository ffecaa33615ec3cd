import { and, asc, eq, gt, inArray, isNotNull, isNull, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Creation } from '../../../shared/idempotency.ts'
import { readInstant } from '../../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import { conflict, invalid } from '../../../shared/problem.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import type { ItemRefusal, NewBundle } from '../../../shared/schemas/allocation-bundle.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type {
  NewReservation,
  ReservationMove,
  ReservationRelease,
  ReservationTerm,
} from '../../../shared/schemas/reservation.ts'
import { isDeadlock, storageFault, violation } from '../../../shared/store/error.ts'
import { retryOnConflict } from '../../../shared/version.ts'
import type { createAllocateMany } from '../allocate-many.ts'
import { toAllocation } from '../booking.ts'
import { bufferMax_ms, buffersInSql } from '../buffers.ts'
import { noSuchTime } from '../span.ts'
import type { InventoryTables } from '../tables.ts'
import { isLive } from '../touches.ts'
import { createRemoveEndedHolds } from '../waitlist/ended-holds.ts'
import { createManagedTypes } from './managed-types.ts'
import { toViewer, type Moved, type Outlook } from './outlook.ts'

interface Rules {
  allocateMany: ReturnType<typeof createAllocateMany>
  outlook: Outlook
}

interface Asked<Body> {
  body: Body
  caller: Caller
}

/**
 * Allocations that another service makes for users, and alone may change: what they are for, who
 * may have them and until when is its business. Each operation is one commit, safe to retry.
 */
export function createReservations(
  { store }: Context,
  tables: InventoryTables,
  { allocateMany, outlook }: Rules,
) {
  const { allocations, resources } = tables
  const buffers = buffersInSql(tables)
  const removeEndedHolds = createRemoveEndedHolds(store, tables)
  const second = sql.raw(store.columns.second)
  const instantType = sql.raw(allocations.from_datetime.getSQLType())
  const isOwn = ({ id }: Caller) => and(eq(allocations.created_by, id), isLive(store, allocations))
  const among = (ids: string[], caller: Caller) => and(inArray(allocations.id, ids), isOwn(caller))

  /** With the rights of an administrator, as it is the service that knows what its user may. */
  function hold(creation: Creation<NewBundle>, viewer: NewReservation['viewer']) {
    const caller: Caller = { ...creation.caller, role: 'system' }
    return allocateMany({ ...creation, caller }, toViewer(creation.caller, viewer))
  }

  /** Confirms holds, or has them last until then. @throws 409 `reservation_gone`, with none kept */
  async function keep({ body, caller }: Asked<ReservationTerm>): Promise<void> {
    const ids = [...new Set(body.ids)]
    const held_until = body.held_until === null ? null : readTime(body.held_until, '#/held_until')
    const areAll = sql`(
      SELECT count(*) FROM ${allocations} WHERE ${among(ids, caller)}) = ${ids.length}`
    const kept = await store.db
      .update(allocations)
      .set({ held_until, version: sql`${allocations.version} + 1` })
      .where(
        and(among(ids, caller), isNotNull(allocations.held_until), areAll, store.signedBy(body.by)),
      )
      .returning({ id: allocations.id })
    if (kept.length === ids.length) return
    // A retry finds them confirmed.
    const isDone = held_until === null ? isNull(allocations.held_until) : undefined
    const done = await store.db.$count(allocations, and(among(ids, caller), isDone))
    if (done < ids.length) throw gone()
  }

  /** Gives their time back. What is gone already is no fault. */
  async function release({ body, caller }: Asked<ReservationRelease>): Promise<void> {
    await retryOnConflict(() =>
      store.db
        .delete(allocations)
        .where(and(among(body.ids, caller), store.signedBy(body.by)))
        .returning({ id: allocations.id })
        .catch(undefinedOnDeadlock),
    )
  }

  /** @throws 409 `not_all_free` with nothing moved, 409 `reservation_gone` */
  async function move({ body, caller }: Asked<ReservationMove>): Promise<void> {
    const items = body.items.map(({ from_datetime, to_datetime, ...item }, at) => {
      const from = readTime(from_datetime, `#/items/${at}/from_datetime`)
      return { ...item, from, to: readTime(to_datetime, `#/items/${at}/to_datetime`) }
    })
    let isCleared = false
    await retryOnConflict(async () => {
      try {
        if (await store.atomically(toMoves(items, body.by, caller))) return true
      } catch (error) {
        const isBusy = storageFault(error) === 'busy'
        if (violation(error) === undefined && !isBusy) throw error
        const own = new Set(items.map(({ id }) => id))
        const refused = (await outlook.explainMoves(items, { ...caller, id: body.by })).filter(
          ({ code, conflicts }) =>
            code !== 'allocation_overlap' || conflicts.some(({ id }) => !own.has(id)),
        )
        // A slot grid, former buffers or places that are swapped have no allocation to name.
        if (refused.length > 0 || (isCleared && !isBusy)) throw notMoved(refused)
        if (!isBusy) isCleared = await removeEndedHoldsAt(items)
        return undefined
      }
      throw gone()
    })
  }

  /** Expired holds where these are to go. */
  async function removeEndedHoldsAt(items: readonly Moved[]): Promise<true> {
    const ids = items.map(({ resource_id }) => resource_id)
    const found = await store.db
      .select({ number: resources.number })
      .from(resources)
      .where(inArray(resources.id, ids))
    await removeEndedHolds(
      found.map(({ number }) => number),
      {
        from: Math.min(...items.map(({ from }) => from)) - bufferMax_ms,
        to: Math.max(...items.map(({ to }) => to)) + bufferMax_ms,
      },
    )
    return true
  }

  /** The last one changes a row only when all of them are where they belong. */
  function toMoves(items: Moved[], by: string, caller: Caller): SQL[] {
    const others = sql.join([sql`false`, ...items.slice(0, -1).map(isThere)], sql` OR `)
    const areThere = sql`(SELECT count(*) FROM ${allocations} o WHERE ${others})`
    const ids = items.map((item) => sql.param(item.resource_id, resources.id))
    return [
      sql`SELECT ${store.signedBy(by)}`,
      // In the common order, as two that swap places would deadlock.
      sql`SELECT number FROM ${resources} WHERE ${resources.id} IN (${sql.join(ids, sql`, `)})
        ORDER BY number ${store.rowLock}`,
      ...items.map((item, index) => {
        const isLast = index === items.length - 1
        const isIt = and(among([item.id], caller), isLast ? eq(areThere, index) : undefined)
        return sql`UPDATE ${allocations} SET ${toValues(item)}, version = version + 1 WHERE ${isIt}`
      }),
    ]
  }

  // It keeps its buffers; another resource has its own.
  function toValues({ resource_id, from, to }: Moved): SQL {
    const isOf = sql`${resources.id} = ${sql.param(resource_id, resources.id)}`
    const number = numberOf(resource_id)
    const [before, after] = [buffers.before, buffers.after].map(
      (own) => sql`(SELECT ${own} FROM ${resources} WHERE ${isOf})`,
    )
    const keep = (own: SQL, other: SQL | undefined) =>
      sql`CASE WHEN resource_number = ${number} THEN ${own} ELSE coalesce(${other}, 0) END`
    const first = keep(sql`buffer_before_seconds`, before)
    const last = keep(sql`buffer_after_seconds`, after)
    return sql`resource_number = coalesce(${number}, -1),
      from_datetime = ${at(from)} - (${first}) * ${second},
      to_datetime = ${at(to)} + (${last}) * ${second},
      buffer_before_seconds = ${first}, buffer_after_seconds = ${last}`
  }

  function isThere({ id, resource_id, from, to }: Moved): SQL {
    return sql`(id = ${sql.param(id, allocations.id)} AND resource_number = ${numberOf(resource_id)}
      AND from_datetime = ${at(from)} - buffer_before_seconds * ${second}
      AND to_datetime = ${at(to)} + buffer_after_seconds * ${second})`
  }

  function numberOf(id: string): SQL {
    return sql`(SELECT ${resources.number} FROM ${resources}
      WHERE ${resources.id} = ${sql.param(id, resources.id)}
        AND ${isNull(resources.decommissioned)})`
  }

  // PostgreSQL takes it for text where an interval is taken from it.
  function at(time: number): SQL {
    return sql`CAST(${sql.param(time, allocations.from_datetime)} AS ${instantType})`
  }

  /** All that the service has, by id: what its audit compares with. */
  async function list(query: PageQuery, caller: Caller): Promise<Page<Allocation>> {
    const after = readCursor(query, isId)
    const { db } = store.scan(caller.id)
    const rows = await db
      .select({ allocation: allocations, resource: resources })
      .from(allocations)
      .innerJoin(resources, eq(resources.number, allocations.resource_number))
      .where(and(isOwn(caller), after === undefined ? undefined : gt(allocations.id, after)))
      .orderBy(asc(allocations.id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, ({ allocation }) => allocation.id)
    const items = page.items.map(({ allocation, resource }) =>
      toAllocation(allocation, { name: resource.resource_type }, resource.id),
    )
    return { ...page, items }
  }

  return {
    hold,
    look: outlook.look,
    keep,
    release,
    move,
    manage: createManagedTypes(store, tables),
    list,
  }
}

function readTime(text: string, pointer: string): number {
  const time = readInstant(text)
  if (time === undefined) throw invalid([{ pointer, detail: noSuchTime }])
  return time
}

function notMoved(items: ItemRefusal[]) {
  const detail = 'The other time or resource is not available. Nothing was moved.'
  return conflict('not_all_free', detail, { items })
}

function gone() {
  return conflict('reservation_gone', 'Some of it has expired or was released. Nothing was kept.')
}

function undefinedOnDeadlock(error: unknown): undefined {
  if (!isDeadlock(error)) throw error
}
