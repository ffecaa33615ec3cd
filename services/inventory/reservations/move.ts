import { and, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { conflict } from '../../../shared/problem.ts'
import type { ItemRefusal } from '../../../shared/schemas/allocation-bundle.ts'
import type { ReservationMove } from '../../../shared/schemas/reservation.ts'
import { storageFault, violation } from '@campus/store/error.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { bufferMax_ms, buffersInSql } from '../buffers.ts'
import type { InventoryTables } from '../tables.ts'
import { createRemoveEndedHolds } from '../waitlist/ended-holds.ts'
import type { DecidedMoves, Move } from './decided-moves.ts'
import type { Moved, Outlook } from './outlook.ts'
import type { Own } from './own.ts'
import { gone } from './reservation-values.ts'

/** Moves allocations, all or none; idempotent. */
export function createMove(
  { store }: Pick<Context, 'store'>,
  tables: InventoryTables,
  { outlook, own, decided }: { outlook: Outlook; own: Own; decided: DecidedMoves },
) {
  const { allocations, resources } = tables
  const buffers = buffersInSql(tables)
  const removeEndedHolds = createRemoveEndedHolds(store, tables)
  const second = sql.raw(store.columns.second)
  const instantType = sql.raw(allocations.from_datetime.getSQLType())

  /**
   * @throws 409 `not_all_free` with nothing moved, now and by any copy of it; 409
   *   `reservation_superseded` when they were moved again since; 409 `reservation_gone`
   */
  return async function move({
    body,
    caller,
  }: {
    body: ReservationMove
    caller: Caller
  }): Promise<void> {
    const { by, fence } = body
    const items = await outlook.readMoves(body.items, caller)
    const asked = { ids: items.map(({ id }) => id), fence, caller }
    let isCleared = false
    await retryOnConflict(async () => {
      try {
        if (await store.atomically(toMoves(items, by, asked))) return true
      } catch (error) {
        const isBusy = storageFault(error) === 'busy'
        if (violation(error) === undefined && !isBusy) throw error
        const refused = await outlook.explainMoves(items, { ...caller, id: by })
        // A slot grid, former buffers or places that are swapped have no allocation to name.
        if (refused.length > 0 || (isCleared && !isBusy)) {
          if (await store.atomically([decided.decide(asked, 0)])) throw notMoved(refused)
          return undefined
        }
        if (!isBusy) isCleared = await removeEndedHoldsAt(items)
        return undefined
      }
      const why = await decided.explain(asked)
      if (why === undefined) throw gone()
      throw why === 'refused' ? notMoved([]) : superseded()
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
  function toMoves(items: Moved[], by: string, asked: Move): SQL[] {
    const { fence, caller } = asked
    const others = sql.join([sql`false`, ...items.slice(0, -1).map(isThere)], sql` OR `)
    const areThere = sql`(SELECT count(*) FROM ${allocations} o WHERE ${others})`
    const ids = items.map((item) => sql.param(item.resource_id, resources.id))
    return [
      sql`SELECT ${store.signedBy(by)}`,
      // In the common order, as two that swap places would deadlock.
      sql`SELECT number FROM ${resources} WHERE ${resources.id} IN (${sql.join(ids, sql`, `)})
        ORDER BY number ${store.rowLock}`,
      decided.decide(asked, 1),
      ...items.map((item, index) => {
        const isLast = index === items.length - 1
        const isIt = and(
          own.among([item.id], caller),
          decided.isLast(item.id, fence),
          isLast ? eq(areThere, index) : undefined,
        )
        return sql`UPDATE ${allocations} SET ${toValues(item)}, version = version + 1 WHERE ${isIt}`
      }),
    ]
  }

  // It keeps its buffers; another resource has its own.
  function toValues({ resource_id, from, to }: Moved): SQL {
    const isOf = sql`${resources.id} = ${sql.param(resource_id, resources.id)}`
    const number = numberOf(resource_id)
    const [before, after] = [buffers.before, buffers.after].map(
      (kept) => sql`(SELECT ${kept} FROM ${resources} WHERE ${isOf})`,
    )
    const keep = (kept: SQL, other: SQL | undefined) =>
      sql`CASE WHEN resource_number = ${number} THEN ${kept} ELSE coalesce(${other}, 0) END`
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
}

function notMoved(items: ItemRefusal[]) {
  const detail = 'The other time or resource is not available. Nothing was moved.'
  return conflict('not_all_free', detail, { items })
}

function superseded() {
  return conflict('reservation_superseded', 'It was moved again since. Nothing was moved.')
}
