import { and, eq, inArray, notInArray, sql } from 'drizzle-orm'
import { toServiceCaller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { ProblemError } from '../../../shared/problem.ts'
import { groupsPerUserMax } from '../../../shared/schemas/group.ts'
import type { Accounts } from '../accounts.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import type { Providers } from './providers.ts'

export interface MappedSignIn {
  user: UserRow
  provider: string
  /** The values listed by the provider. */
  values: readonly string[]
  origin: Origin
}

/** Applies a provider's groups, as far as an administrator has mapped them. */
export function createGroupMapping(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { users, groups, groupMembers }: UsersTables,
  options: { accounts: Accounts; providers: Providers; security: SecurityLog },
) {
  const { accounts, providers, security } = options

  async function applyRole(isAdmin: boolean, { user, provider, origin }: MappedSignIn) {
    const role = isAdmin ? 'admin' : 'member'
    if (role === user.role) return
    const caller = { ...toServiceCaller('users', 'system'), id: 'system' }
    try {
      await accounts.change({ id: user.id, body: { role }, caller, ifMatch: undefined, origin })
    } catch (error) {
      const isLast = error instanceof ProblemError && error.code === 'last_administrator'
      if (!isLast) throw error
      security('last_administrator_kept', { actor: 'system', user: user.id, provider, origin })
    }
  }

  async function applyGroups(
    mapped: readonly string[],
    wanted: readonly string[],
    { user, provider, origin }: MappedSignIn,
  ): Promise<void> {
    const before = await readGroups(user.id)
    const isRight = mapped.every((id) => before.has(id) === wanted.includes(id))
    if (isRight) return
    const isTheirs = eq(groupMembers.user_id, user.id)
    const userId = sql.param(user.id, groupMembers.user_id)
    const isGone = and(
      isTheirs,
      inArray(groupMembers.group_id, [...mapped]),
      wanted.length > 0 ? notInArray(groupMembers.group_id, [...wanted]) : undefined,
    )
    // As many as fit: the rest must not keep anybody from signing in.
    const room = sql`(SELECT ${sql.raw(String(groupsPerUserMax))} - count(*) FROM group_members
      WHERE user_id = ${userId})`
    const joining = sql`INSERT INTO group_members (group_id, user_id, role, added)
      SELECT id, ${userId}, 'member', ${sql.param(clock(), groupMembers.added)} FROM user_groups
      WHERE ${inArray(groups.id, [...wanted])} AND id NOT IN (
        SELECT group_id FROM group_members WHERE user_id = ${userId})
      ORDER BY id LIMIT ${room}`
    await store.atomically([
      sql`SELECT id FROM ${users} WHERE ${eq(users.id, user.id)} ${store.rowLock}`,
      store.db.delete(groupMembers).where(isGone).getSQL(),
      ...(wanted.length > 0 ? [joining] : []),
      sql`UPDATE ${users} SET version = version WHERE ${eq(users.id, user.id)}`,
    ])
    const after = await readGroups(user.id)
    const about = { actor: 'system', user: user.id, provider, origin }
    for (const group of after.difference(before)) {
      security('group_member_set', { ...about, group, role: 'member' })
    }
    for (const group of before.difference(after))
      security('group_member_removed', { ...about, group })
  }

  async function readGroups(userId: string): Promise<Set<string>> {
    const rows = await store.db
      .select({ id: groupMembers.group_id })
      .from(groupMembers)
      .where(eq(groupMembers.user_id, userId))
    return new Set(rows.map(({ id }) => id))
  }

  /** Unmapped groups stay as they are, as does the role if no value maps to it. */
  return async (signIn: MappedSignIn): Promise<void> => {
    const mappings = await providers.readMappings(signIn.provider)
    const said = new Set(signIn.values)
    const roles = mappings.filter((mapping) => 'role' in mapping)
    const mapped = mappings.filter((mapping) => 'group_id' in mapping)
    if (roles.length > 0)
      await applyRole(
        roles.some(({ value }) => said.has(value)),
        signIn,
      )
    if (mapped.length === 0) return
    const wanted = mapped.filter(({ value }) => said.has(value))
    const toIds = (list: typeof mapped) => [...new Set(list.map(({ group_id }) => group_id))]
    await applyGroups(toIds(mapped), toIds(wanted), signIn)
  }
}

export type ApplyGroups = ReturnType<typeof createGroupMapping>
