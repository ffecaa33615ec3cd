import { asc, eq, inArray, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { invalid } from '../../../shared/problem.ts'
import { groupsPerUserMax } from '../../../shared/schemas/group.ts'
import { violation } from '@campus/store/error.ts'
import type { UsersTables } from '../tables.ts'

/** The groups an invited user joins. */
export function createInvitedGroups(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { groups, groupMembers, invitationGroups }: UsersTables,
) {
  /** @throws 422 at each group that does not exist */
  async function requireThere(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const rows = await store.db
      .select({ id: groups.id })
      .from(groups)
      .where(inArray(groups.id, [...ids]))
    const there = new Set(rows.map(({ id }) => id))
    const missing = ids.flatMap((id, at) =>
      there.has(id) ? [] : [{ pointer: `#/groups/${at}`, detail: 'There is no such group.' }],
    )
    if (missing.length > 0) throw invalid(missing)
  }

  return {
    requireThere,
    /** Runs a write that names them. @throws 422 if one was removed meanwhile */
    naming: <T>(ids: readonly string[], write: () => Promise<T>): Promise<T> =>
      write().catch(async (error: unknown) => {
        if (violation(error) === 'foreign_key') await requireThere(ids)
        throw error
      }),
    insertion: (invitation_id: string, ids: readonly string[]): SQL[] => {
      const rows = ids.map((group_id) => ({ invitation_id, group_id }))
      return rows.length === 0 ? [] : [store.db.insert(invitationGroups).values(rows).getSQL()]
    },
    /** The groups of each invitation. */
    read: async (invitationIds: string[]): Promise<Map<string, string[]>> => {
      const found = new Map(invitationIds.map((id) => [id, [] as string[]]))
      if (found.size === 0) return found
      const rows = await store.db
        .select()
        .from(invitationGroups)
        .where(inArray(invitationGroups.invitation_id, invitationIds))
        .orderBy(asc(invitationGroups.group_id))
      for (const row of rows) found.get(row.invitation_id)?.push(row.group_id)
      return found
    },
    /**
     * Adds the new account to them, before the invitation is used up and its groups are deleted.
     */
    join: (invitationId: string, userId: string): SQL => {
      const named = store.db
        .select({ id: invitationGroups.group_id })
        .from(invitationGroups)
        .where(eq(invitationGroups.invitation_id, invitationId))
      // Locked, so that a group being removed is skipped instead of failing the insert.
      return sql`INSERT INTO group_members (group_id, user_id, role, added)
        SELECT id, ${sql.param(userId, groupMembers.user_id)}, 'member',
          ${sql.param(clock(), groupMembers.added)}
        FROM user_groups WHERE id IN ${named}
        ORDER BY id LIMIT ${sql.raw(String(groupsPerUserMax))} ${store.rowLock}`
    },
  }
}

export type InvitedGroups = ReturnType<typeof createInvitedGroups>
