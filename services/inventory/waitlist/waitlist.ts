import { and, asc, eq, gt, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import { isAdministrator, requireOwner, type Caller } from '../../../shared/access.ts'
import type { CreatedVersion, Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import type { DailyLimit } from '../../../shared/daily-limit.ts'
import { createOnce, type Creation } from '../../../shared/idempotency.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import { conflict, invalid, notFound, ProblemError } from '../../../shared/problem.ts'
import type { NewWaitlistEntry, WaitlistEntry } from '../../../shared/schemas/waitlist.ts'
import { requireMatch, toContentVersion, type Change } from '../../../shared/version.ts'
import { createBatch } from '@campus/store/batch.ts'
import { storageFault, StoreBusyError } from '@campus/store/error.ts'
import { insertInto } from '@campus/store/insert.ts'
import type { Database } from '@campus/store/store.ts'
import { removed } from '../../../shared/removed.ts'
import { requireUnmanaged } from '../managed.ts'
import type { Resources } from '../resources.ts'
import type { InventoryTables, WaitlistRow } from '../tables.ts'
import { toBookable, toPropertySchema } from '../type-values.ts'
import { writeGroups } from '../visibility.ts'
import type { Types } from '../types.ts'
import { writeConditions } from './conditions.ts'
import { readEntryValues, requireOnGrid } from './entry-values.ts'
import type { CheckEntry } from './free-already.ts'
import { ownerOf, toEntry, toNewEntry } from './to-entry.ts'

export interface WaitlistQuery extends PageQuery {
  mine?: 'true' | undefined
  status?: WaitlistEntry['status'] | undefined
}

// Each release searches all entries for its type: some milliseconds for this many.
const entriesOfTypeMax = 2000
export const entriesOfUserMax = 50

/** The waiting list: join, read, leave. The database decides who is served. */
export function createWaitlist(
  context: Context,
  tables: InventoryTables,
  dependencies: { resources: Resources; types: Types; limit: DailyLimit; check: CheckEntry },
) {
  const { store, clock, id } = context
  const { waitlist, resources, resource_types } = tables
  const { limit } = dependencies
  const insert = insertInto(waitlist, {
    leave: ['number', 'checked', 'closed', 'served_resource', 'served_from'],
    where: `(
      SELECT count(*) FROM waitlist w WHERE w.closed IS NULL
        AND coalesce(w.booked_for, w.created_by) = coalesce(i.booked_for, i.created_by)
      ) < ${entriesOfUserMax}
      AND (SELECT count(*) FROM waitlist w WHERE w.closed IS NULL AND w.type_number = i.type_number
      ) < ${entriesOfTypeMax}`,
    countedBy: 'created_by',
    order: 'i.created, i.id',
  })
  const batch = createBatch(store, insert)
  const owner = sql`coalesce(${waitlist.booked_for}, ${waitlist.created_by})`
  const isOpen = sql`${waitlist.closed} IS NULL AND ${waitlist.until} > ${store.columns.now}`
  const found = {
    row: waitlist,
    resource_type: resource_types.name,
    resource_id: idOf(sql`${waitlist.resource_number}`),
    served_id: idOf(sql`${waitlist.served_resource}`),
    isOpen: sql`${isOpen}`.mapWith(Boolean),
    ahead: sql`(
      SELECT count(*) FROM ${waitlist} w
      WHERE w.closed IS NULL AND w.until > ${store.columns.now}
        AND w.type_number = ${waitlist.type_number} AND w.number < ${waitlist.number}
        AND (w.resource_number = ${waitlist.resource_number}
          OR 0 IN (w.resource_number, ${waitlist.resource_number}))
        AND w.earliest < ${waitlist.latest} AND w.latest > ${waitlist.earliest})`.mapWith(Number),
  }

  function idOf(number: SQL) {
    return sql<string | null>`(
      SELECT r.id FROM ${resources} r WHERE r.number = ${number})`.mapWith(resources.id)
  }

  async function join(
    creation: Creation<NewWaitlistEntry>,
  ): Promise<CreatedVersion<WaitlistEntry>> {
    const { body, caller, idempotencyKey } = creation
    const values = readEntryValues(body, caller, clock())
    const queue = await findQueue(body, caller)
    requireUnmanaged(caller, queue.type)
    requireOnGrid(queue.type, values)
    const { type_number, resource_number, conditions } = queue
    const base = { id: id(), created: clock(), created_by: caller.id }
    const sees = isAdministrator(caller) ? null : writeGroups(caller.groups)
    const row = { ...base, ...values, type_number, resource_number, conditions, sees }
    const { replayed, value } = await createOnce(store, {
      idempotencyKey,
      value: { id: row.id },
      write: (response) => batch.add(row, response, limit.shareOf(caller)),
      explain: async () => (await limit.findRefusal(caller)) ?? explainFull(row),
    })
    if (replayed) return { ...(await get(value.id, caller)), replayed }
    await dependencies.check(row.id, caller.id).catch(passOver)
    const found = await get(row.id, caller).catch(passOver)
    const shown = found?.value ?? toNewEntry(row, queue.type.name, body)
    return { value: shown, version: toVersion(shown), replayed }
  }

  /** Finds the resource or type. @throws 404 for an unknown resource, 422 for an unknown type */
  async function findQueue({ resource_id, type: name, where }: NewWaitlistEntry, caller: Caller) {
    if (resource_id !== undefined) {
      const resource = await dependencies.resources.find({ resourceId: resource_id }, caller)
      const { number } = await dependencies.types.find(resource.resource_type)
      const { type } = resource
      return { type, type_number: number, resource_number: resource.number, conditions: '[]' }
    }
    const [row] = await store.db
      .select()
      .from(resource_types)
      .where(eq(resource_types.name, name ?? ''))
    if (!row) {
      const detail = `There is no type ${JSON.stringify(name)}.`
      throw invalid([{ pointer: '#/type', detail }], 'resource_type_not_found')
    }
    const conditions = writeConditions(where, toPropertySchema(row))
    return { type: toBookable(row), type_number: row.number, resource_number: 0, conditions }
  }

  async function explainFull(row: {
    type_number: number
    created_by: string
    booked_for: string | null
  }) {
    const whose = row.booked_for ?? row.created_by
    const isOwn = and(isNull(waitlist.closed), sql`${owner} = ${whose}`)
    if ((await store.db.$count(waitlist, isOwn)) >= entriesOfUserMax) {
      const detail = `A user may be on at most ${entriesOfUserMax} waiting lists. Leave one first.`
      return conflict('too_many_entries', detail)
    }
    const isOfType = and(isNull(waitlist.closed), eq(waitlist.type_number, row.type_number))
    if ((await store.db.$count(waitlist, isOfType)) < entriesOfTypeMax) return undefined
    return conflict(
      'waitlist_full',
      `The waiting list of a type has at most ${entriesOfTypeMax} entries. Try later.`,
    )
  }

  function select(db: Database) {
    return db
      .select(found)
      .from(waitlist)
      .innerJoin(resource_types, eq(resource_types.number, waitlist.type_number))
  }

  async function find(entryId: string, caller: Caller) {
    const [one] = await select(store.db).where(eq(waitlist.id, entryId))
    if (!one) throw noEntry(entryId)
    requireOwner(caller, ownerOf(one.row))
    return one
  }

  /** @throws 403 for somebody else's */
  async function get(entryId: string, caller: Caller): Promise<Versioned<WaitlistEntry>> {
    const value = toEntry(await find(entryId, caller))
    return { value, version: toVersion(value) }
  }

  /** In queue order: all entries for administrators, their own for members. */
  async function list(query: WaitlistQuery, caller: Caller): Promise<Page<WaitlistEntry>> {
    const after = readCursor(query, isPosition)
    const isOwn = query.mine !== undefined || !isAdministrator(caller)
    const isStatus = {
      waiting: isOpen,
      served: sql`${waitlist.served_from} IS NOT NULL`,
      expired: sql`${waitlist.served_from} IS NULL AND NOT (${isOpen})`,
    }
    const rows = await select(store.scan(caller.id).db)
      .where(
        and(
          isOwn ? sql`${owner} = ${caller.id}` : undefined,
          query.status && isStatus[query.status],
          after && gt(waitlist.number, after.number),
        ),
      )
      .orderBy(asc(waitlist.number))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, ({ row }) => ({ number: row.number }))
    return { ...page, items: page.items.map(toEntry) }
  }

  /** Removes an entry. @throws 409 `already_served`: then there is a booking */
  async function leave(entryId: string, { caller, ifMatch }: Change<unknown>): Promise<void> {
    const found = await find(entryId, caller)
    requireMatch(toVersion(toEntry(found)), ifMatch)
    const isStill = sql`${owner} = ${ownerOf(found.row)}`
    const [gone] = await store.db
      .delete(waitlist)
      .where(and(eq(waitlist.id, entryId), isNull(waitlist.served_from), ifMatch && isStill))
      .returning({ id: waitlist.id })
    if (gone) return
    // 404 when a concurrent request was faster.
    requireMatch((await get(entryId, caller)).version, ifMatch)
    throw conflict(
      'already_served',
      'It has become a booking. Release that if you no longer need it.',
    )
  }

  /** Removes the entries of removed users, and their ids where they joined for others. */
  async function forget(userIds: string[]): Promise<void> {
    if (userIds.length === 0) return
    await store.db.delete(waitlist).where(inArray(owner, userIds))
    await store.db
      .update(waitlist)
      .set({ created_by: removed })
      .where(inArray(waitlist.created_by, userIds))
  }

  return { join, get, list, leave, forget }
}

// The entry is committed, so an error would be wrong: the upkeep searches what was free already.
function passOver(error: unknown): undefined {
  // drizzle wraps the refusal as its cause.
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const isPassing = reason instanceof ProblemError || reason instanceof StoreBusyError
  if (!isPassing && !storageFault(error)) throw error
}

// Of what can change, in a form of its own: a replica of another release may show an entry with
// other members. Its place in the queue changes by what others do.
function toVersion({ id, status, booked_for, allocation }: WaitlistEntry): number {
  return toContentVersion([id, status, booked_for, allocation?.resource_id])
}

function noEntry(entryId: string): ProblemError {
  return notFound('waitlist_entry', entryId)
}

function isPosition(value: unknown): value is { number: number } {
  return (
    typeof value === 'object' && value !== null && 'number' in value && isRowNumber(value.number)
  )
}

// A row number that both databases accept.
function isRowNumber(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31
}

export type Waiting = Pick<WaitlistRow, 'number' | 'earliest' | 'latest_start' | 'latest'>
