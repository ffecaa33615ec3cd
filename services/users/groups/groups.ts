import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, asc, eq, gt, isNotNull, sql } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../../shared/access.ts'
import type { Created, Versioned } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { fold, toKey } from '../../../shared/fold.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { createOnce, type Creation } from '../../../shared/idempotency.ts'
import { toInstant } from '../../../shared/instant.ts'
import {
  isLongPage,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../../shared/page.ts'
import { conflict, invalid, notFound } from '../../../shared/problem.ts'
import type { Group, GroupChange, GroupRole, NewGroup } from '../../../shared/schemas/group.ts'
import { isId, text } from '../../../shared/schemas/primitive.ts'
import { createBatch } from '@campus/store/batch.ts'
import { contains } from '@campus/store/contains.ts'
import { violation } from '@campus/store/error.ts'
import { insertInto } from '@campus/store/insert.ts'
import type { Store } from '@campus/store/store.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../../shared/version.ts'
import type { UsersTables } from '../tables.ts'

/** The group, and where the request comes from. */
interface Place {
  id: string
  origin: Origin
}

export interface GroupQuery extends PageQuery {
  q?: string | undefined
  mine?: 'true' | undefined
}

type GroupRow = UsersTables['groups']['$inferSelect']

export interface FoundGroup extends GroupRow {
  /** The caller's role; null: not a member. */
  role: GroupRole | null
}

/** Groups: create, find, rename, remove. Members see those they are in. */
export function createGroups(
  { store, clock, id: newId }: Context,
  { groups, groupMembers, users }: UsersTables,
  security: SecurityLog,
) {
  const insert = insertInto(groups, { leave: ['version'], order: 'name_key' })
  const batch = createBatch(store, insert)

  function isVisible(caller: Caller) {
    return isAdministrator(caller) ? undefined : isNotNull(groupMembers.role)
  }

  // Includes the caller's own role in each.
  function selectFor({ id }: Caller, { db }: Pick<Store, 'db'> = store) {
    const own = isId(id) ? eq(groupMembers.user_id, id) : sql`false`
    return db
      .select({ group: groups, role: groupMembers.role })
      .from(groups)
      .leftJoin(groupMembers, and(eq(groupMembers.group_id, groups.id), own))
  }

  /** @throws 404 also for a group the caller is not in */
  async function find(id: string, caller: Caller): Promise<FoundGroup> {
    const [found] = await selectFor(caller).where(and(eq(groups.id, id), isVisible(caller)))
    if (!found) throw notFound('group', id)
    return { ...found.group, role: found.role as GroupRole | null }
  }

  /** By name. */
  async function list(query: GroupQuery, caller: Caller): Promise<Page<Group>> {
    const after = readCursor(query, isPosition)
    const isLarge = query.q !== undefined || isLongPage(query)
    const rows = await selectFor(caller, isLarge ? store.scan(caller.id) : store)
      .where(
        and(
          query.mine ? isNotNull(groupMembers.role) : isVisible(caller),
          query.q ? contains(groups.name_key, fold(query.q)) : undefined,
          after && gt(groups.name_key, after[0]),
        ),
      )
      .orderBy(asc(groups.name_key))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, ({ group }) => [group.name_key])
    return {
      ...page,
      items: page.items.map(({ group, role }) => toGroup({ ...group, role: role as GroupRole })),
    }
  }

  /** @throws 409 when the name is taken */
  async function create(
    { body, caller, idempotencyKey }: Creation<NewGroup>,
    origin: Origin,
  ): Promise<Created<Group>> {
    const row = { id: newId(), ...toNameColumns(body.name), created: clock() }
    const created = await createOnce(store, {
      idempotencyKey,
      value: toGroup({ ...row, role: null }),
      write: (response) => batch.add(row, response),
      explain: async () => {
        const [other] = await store.db
          .select()
          .from(groups)
          .where(eq(groups.name_key, row.name_key))
        return other && nameTaken(body.name)
      },
    })
    const group = created.value.id
    if (!created.replayed) security('group_created', { actor: caller.id, group, origin })
    return created
  }

  /** @throws 404, 409 when the name is taken, 412 */
  async function rename(options: Place & Change<GroupChange>): Promise<Versioned<Group>> {
    const { id, origin, body, caller, ifMatch } = options
    const renamed = await retryOnConflict(async () => {
      const before = await find(id, caller)
      requireMatch(before.version, ifMatch)
      const [row] = await store.db
        .update(groups)
        .set({ ...toNameColumns(body.name), version: before.version + 1 })
        .where(and(eq(groups.id, id), eq(groups.version, before.version)))
        .returning()
        .catch((error: unknown) => {
          throw violation(error) === 'unique' ? nameTaken(body.name) : error
        })
      return row && toVersioned({ ...row, role: before.role })
    })
    security('group_renamed', { actor: caller.id, group: id, origin })
    return renamed
  }

  /** @throws 404, 412 */
  async function remove({ id, origin, caller, ifMatch }: Place & Change<unknown>): Promise<void> {
    await retryOnConflict(async () => {
      const before = await find(id, caller)
      requireMatch(before.version, ifMatch)
      const isThis = and(eq(groups.id, id), eq(groups.version, before.version))
      const removed = await store.atomically([
        // Its triggers update all members; a fixed order avoids deadlocks.
        sql`SELECT id FROM ${users} WHERE id IN (
          SELECT user_id FROM ${groupMembers} WHERE ${eq(groupMembers.group_id, id)})
          ORDER BY id ${store.rowLock}`,
        store.db.delete(groups).where(isThis).getSQL(),
      ])
      return removed || undefined
    })
    security('group_removed', { actor: caller.id, group: id, origin })
  }

  return {
    find,
    list,
    create,
    get: async (id: string, caller: Caller) => toVersioned(await find(id, caller)),
    rename,
    remove,
  }
}

export type Groups = ReturnType<typeof createGroups>

/** @throws 422 for a name without visible characters */
function toNameColumns(wanted: string): Pick<GroupRow, 'name' | 'name_key'> {
  const name = wanted.normalize('NFC')
  if (/[\p{L}\p{N}]/u.test(name)) return { name, name_key: toKey(name) }
  throw invalid([{ pointer: '#/name', detail: 'It needs at least one letter or digit.' }])
}

function nameTaken(name: string) {
  return conflict('group_name_taken', `There is already a group named "${name}".`)
}

function toGroup({ id, name, created, role }: Omit<FoundGroup, 'name_key' | 'version'>): Group {
  return { id, name, created: toInstant(created) ?? '', role }
}

function toVersioned(group: FoundGroup): Versioned<Group> {
  return { value: toGroup(group), version: group.version }
}

const Position = Type.Tuple([text(100)])

function isPosition(value: unknown): value is [key: string] {
  return Value.Check(Position, value)
}
