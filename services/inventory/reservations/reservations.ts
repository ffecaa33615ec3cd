import { and, asc, eq, gt, inArray, or, sql } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { DailyLimit } from '../../../shared/daily-limit.ts'
import type { Context } from '../../../shared/context.ts'
import type { Creation } from '../../../shared/idempotency.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import type { Allocation } from '../../../shared/schemas/allocation.ts'
import { bundleMax } from '../../../shared/schemas/allocation-bundle.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type {
  HiddenResources,
  NewReservation,
  ReservationPerson,
  ReservationRelease,
  ReservationWork,
  SightQuery,
  TakenReservations,
} from '../../../shared/schemas/reservation.ts'
import { isDeadlock } from '@campus/store/error.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import type { createAllocateMany } from '../allocate-many.ts'
import { toAllocation } from '../booking.ts'
import type { InventoryTables } from '../tables.ts'
import { whereVisible } from '../visibility.ts'
import { createDecidedMoves } from './decided-moves.ts'
import { createKeep } from './keep.ts'
import { createManagedTypes } from './managed-types.ts'
import { createMove } from './move.ts'
import { toViewer, type Outlook } from './outlook.ts'
import { createNewReservations } from './new-reservations.ts'
import { createOwn } from './own.ts'
import { toNewBundle } from './reservation-values.ts'

interface Dependencies {
  allocateMany: ReturnType<typeof createAllocateMany>
  outlook: Outlook
  limit: DailyLimit
}

interface Asked<Body> {
  body: Body
  caller: Caller
}

/**
 * Allocations that another service makes for users and only it may change: it decides what they are
 * for, who has them and until when. Each operation is one commit, safe to retry.
 */
export function createReservations(
  { store }: Context,
  tables: InventoryTables,
  { allocateMany, outlook, limit }: Dependencies,
) {
  const { allocations, resources, resource_types, taken_reservations: taken } = tables
  const own = createOwn(store, tables)
  const { isOwn, among } = own
  const decided = createDecidedMoves(store, tables, own)
  const isTaken = ({ id }: Caller) => eq(taken.service, id)

  /** With the rights of an administrator, as it is the service that knows what its user may. */
  function hold(
    creation: Creation<Omit<NewReservation, 'viewer' | 'hold_for'>>,
    { viewer, hold_for }: NewReservation,
  ) {
    const caller: Caller = { ...creation.caller, role: 'system' }
    const body = { ...toNewBundle(creation.body), ...(hold_for !== undefined && { hold_for }) }
    return allocateMany({ ...creation, body, caller }, toViewer(creation.caller, viewer))
  }

  /** Hands them over to another person. Released ones, and those handed over since, are skipped. */
  async function assign({ body, caller }: Asked<ReservationPerson>): Promise<void> {
    const { ids, fence, booked_for, by } = body
    const isLast = or(...ids.map((id) => and(eq(allocations.id, id), decided.isLast(id, fence))))
    await store.atomically([
      sql`SELECT ${store.signedBy(by)}`,
      decided.decide({ ids, fence, caller }, 1),
      sql`UPDATE ${allocations} SET booked_for = ${booked_for}, version = version + 1
        WHERE ${and(among(ids, caller), isLast)}
          AND ${allocations.booked_for} IS DISTINCT FROM ${booked_for}`,
    ])
  }

  /** Releases them. Already released ones are no error, and are acknowledged. */
  async function release({ body, caller }: Asked<ReservationRelease>): Promise<void> {
    const { ids, by } = body
    const statements = [
      sql`SELECT ${store.signedBy(by)}`,
      sql`DELETE FROM ${allocations} WHERE ${among(ids, caller)}`,
      sql`DELETE FROM ${taken} WHERE ${and(inArray(taken.allocation_id, ids), isTaken(caller))}`,
    ]
    await retryOnConflict(() => store.atomically(statements).catch(undefinedOnDeadlock))
  }

  /** @throws 429 `daily_limit_reached` when their day has no room for so many changes */
  async function spend({ body: { changes, viewer }, caller }: Asked<ReservationWork>) {
    const whose = toViewer(caller, viewer)
    if (changes < 0) return limit.refund(whose, -changes)
    const share = { atMost: changes, used: () => changes }
    await limit.spend(whose, async () => true, share)
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

  /** What others deleted, until the service has released it too. */
  async function listTaken(caller: Caller): Promise<TakenReservations> {
    const rows = await store.db
      .select({ id: taken.allocation_id })
      .from(taken)
      .where(isTaken(caller))
      .limit(bundleMax)
    return { ids: rows.map((row) => row.id) }
  }

  /** Of these resources, in service or not, those that somebody may not know of; types of all. */
  async function findHidden({ body, caller }: Asked<SightQuery>): Promise<HiddenResources> {
    const ids = [...new Set(body.ids)]
    const isSeen = whereVisible(toViewer(caller, body.viewer), resources) ?? sql`1 = 1`
    const { id: resource_id, resource_type } = resources
    const found = await store.db
      .select({
        resource_id,
        resource_type,
        type_id: resource_types.id,
        isSeen: sql`${isSeen}`.mapWith(Boolean),
      })
      .from(resources)
      .innerJoin(resource_types, eq(resource_types.name, resource_type))
      .where(inArray(resource_id, ids))
    const known = new Set(found.flatMap((row) => (row.isSeen ? [row.resource_id] : [])))
    const types = found.map(({ resource_id: of, resource_type: name, type_id }) => {
      return { resource_id: of, resource_type: name, type_id }
    })
    return { ids: ids.filter((id) => !known.has(id)), types }
  }

  return {
    hold,
    look: outlook.look,
    keepEach: createKeep(store, tables, own),
    lookMoves: outlook.lookMoves,
    assign,
    spend,
    release,
    move: createMove({ store }, tables, { outlook, own, decided }),
    listTaken,
    ...createNewReservations(store, tables),
    findHidden,
    manage: createManagedTypes(store, tables),
    list,
  }
}

function undefinedOnDeadlock(error: unknown): undefined {
  if (!isDeadlock(error)) throw error
}
