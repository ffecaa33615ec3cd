import { and, asc, eq, sql } from 'drizzle-orm'
import { forbidden, isAdministrator, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import {
  pageReader,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../../shared/page.ts'
import { conflict, notFound, type ProblemError } from '../../../shared/problem.ts'
import {
  groupsPerUserMax,
  type GroupMember,
  type GroupRole,
} from '../../../shared/schemas/group.ts'
import { violation } from '@campus/store/error.ts'
import { toDisplayName } from '../directory/display-name.ts'
import { isAfterName, isNamePosition, type NamePosition } from '../directory/order.ts'
import type { UsersTables } from '../tables.ts'
import type { Standing } from '../standing.ts'
import type { Groups } from './groups.ts'

/** A membership, and where the request comes from. */
export interface MemberRequest {
  groupId: string
  userId: string
  caller: Caller
  origin: Origin
}

/** Members of a group. Administrators and its managers decide. */
export function createMembers(
  { store, clock }: Context,
  { users, groupMembers }: UsersTables,
  { groups, security, standing }: { groups: Groups; security: SecurityLog; standing: Standing },
) {
  /** By name. @throws 404 also for a group the caller is not in */
  async function list(
    groupId: string,
    caller: Caller,
    query: PageQuery,
  ): Promise<Page<GroupMember>> {
    await groups.find(groupId, caller)
    const after = readCursor(query, isNamePosition)
    const { db } = pageReader(store, query, caller)
    const rows = await db
      .select({ user: users, role: groupMembers.role })
      .from(groupMembers)
      .innerJoin(users, eq(users.id, groupMembers.user_id))
      .where(and(eq(groupMembers.group_id, groupId), after && isAfterName(users, after)))
      .orderBy(asc(users.display_key), asc(users.id))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, ({ user }): NamePosition => [user.display_key, user.id])
    const toMember = ({ user, role }: (typeof rows)[number]) => ({
      id: user.id,
      display_name: toDisplayName(user),
      role: role as GroupRole,
    })
    return { ...page, items: page.items.map(toMember) }
  }

  /**
   * Adds a user, or changes their role.
   * @throws 403 for a member, and for a manager who would appoint or dismiss one; 404; 409 if they
   * are in too many groups
   */
  async function set(request: MemberRequest, role: GroupRole = 'member'): Promise<void> {
    const { groupId, userId, caller, origin } = request
    await requireMayManage(request, role)
    const row = { group_id: groupId, user_id: userId, role, added: clock() }
    const values = Object.entries(row).map(([name, value]) =>
      sql.param(value, groupMembers[name as keyof typeof row]),
    )
    const isKept = isAdministrator(caller) ? sql`true` : sql`group_members.role = 'member'`
    const statement = sql`INSERT INTO group_members (${sql.raw(Object.keys(row).join(', '))})
      SELECT ${sql.join(values, sql`, `)} WHERE ${mayManage(request)}
      ON CONFLICT (group_id, user_id) DO UPDATE SET role = excluded.role WHERE ${isKept}`
    const statements = [standing.lock(caller, userId), statement]
    const isSet = await store.atomically(statements).catch(async (error: unknown) => {
      throw (await explain(request, error)) ?? error
    })
    if (!isSet) throw await explainRefused(request)
    security('group_member_set', { actor: caller.id, group: groupId, user: userId, role, origin })
  }

  /** @throws 403 as for `set`, 404 if they are not in it */
  async function remove(request: MemberRequest): Promise<void> {
    const { groupId, userId, caller, origin } = request
    await requireMayManage(request, 'member')
    const removal = store.db
      .delete(groupMembers)
      .where(
        and(
          eq(groupMembers.group_id, groupId),
          eq(groupMembers.user_id, userId),
          isAdministrator(caller) ? undefined : eq(groupMembers.role, 'member'),
          mayManage(request),
        ),
      )
      .getSQL()
    const isRemoved = await store.atomically([standing.lock(caller, userId), removal])
    if (!isRemoved) throw await explainRefused(request)
    security('group_member_removed', { actor: caller.id, group: groupId, user: userId, origin })
  }

  async function requireMayManage({ groupId, caller }: MemberRequest, role: GroupRole) {
    const { role: own } = await groups.find(groupId, caller)
    if (isAdministrator(caller)) return
    if (own !== 'manager') throw forbidden('Only its managers may change the members of a group.')
    if (role === 'manager') throw onlyAdministrators()
  }

  // Checked again in the writing statement: either may have been dismissed meanwhile.
  function mayManage({ groupId, caller }: MemberRequest) {
    if (isAdministrator(caller)) return standing.holds(caller) ?? sql`true`
    return sql`EXISTS (SELECT 1 FROM group_members AS own WHERE own.role = 'manager'
      AND own.group_id = ${sql.param(groupId, groupMembers.group_id)}
      AND own.user_id = ${sql.param(caller.id, groupMembers.user_id)})`
  }

  async function explainRefused({ groupId, userId, caller }: MemberRequest) {
    await standing.require(caller)
    const [row] = await store.db
      .select()
      .from(groupMembers)
      .where(and(eq(groupMembers.group_id, groupId), eq(groupMembers.user_id, userId)))
    if (!row) return notFound('group_member', userId)
    return row.role === 'manager' && !isAdministrator(caller)
      ? onlyAdministrators()
      : forbidden('Only its managers may change the members of a group.')
  }

  async function explain({ groupId, userId, caller }: MemberRequest, error: unknown) {
    const rule = violation(error)
    if (rule === 'exclusion') {
      const detail = `A user may be in ${groupsPerUserMax} groups. Remove them from one first.`
      return conflict('too_many_groups', detail)
    }
    if (rule !== 'foreign_key') return undefined
    await groups.find(groupId, caller)
    return notFound('user', userId)
  }

  return { list, set, remove }
}

export type Members = ReturnType<typeof createMembers>

function onlyAdministrators(): ProblemError {
  return forbidden('Only administrators appoint and dismiss managers.')
}
