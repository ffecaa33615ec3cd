import { and, asc, eq, inArray, isNull, or } from 'drizzle-orm'
import {
  recipientsMax,
  type RecipientLookup,
  type Recipients,
} from '../../../shared/schemas/recipient.ts'
import type { Store } from '@campus/store/store.ts'
import type { UsersTables } from '../tables.ts'
import { toDisplayName } from './display-name.ts'

/** Whom to notify, and where: no disabled accounts, and only verified addresses. */
export function createRecipients({ db }: Store, { users, groupMembers }: UsersTables) {
  return async function findRecipients(asked: RecipientLookup): Promise<Recipients> {
    const { ids, groups = [], administrators = false } = asked
    const isMember = inArray(
      users.id,
      db
        .select({ id: groupMembers.user_id })
        .from(groupMembers)
        .where(inArray(groupMembers.group_id, groups)),
    )
    const isAsked = or(
      ids.length > 0 ? inArray(users.id, ids) : undefined,
      groups.length > 0 ? isMember : undefined,
      administrators ? eq(users.role, 'admin') : undefined,
    )
    if (!isAsked) return []
    const found = await db
      .select()
      .from(users)
      .where(and(isNull(users.disabled), isAsked))
      .orderBy(asc(users.id))
      .limit(recipientsMax)
    const memberships =
      groups.length === 0
        ? []
        : await db
            .select()
            .from(groupMembers)
            .where(
              and(
                inArray(groupMembers.group_id, groups),
                inArray(
                  groupMembers.user_id,
                  found.map(({ id }) => id),
                ),
              ),
            )
    const byUser = Map.groupBy(memberships, ({ user_id }) => user_id)
    return found.map((user) => ({
      user_id: user.id,
      display_name: toDisplayName(user),
      email: user.verified_email === user.email ? user.email : null,
      administrator: user.role === 'admin',
      groups: (byUser.get(user.id) ?? []).map(({ group_id }) => group_id),
    }))
  }
}
