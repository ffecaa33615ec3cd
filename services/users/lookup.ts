import { eq, inArray } from 'drizzle-orm'
import type { AddressOwners, GroupsOfUsers } from '../../shared/schemas/user.ts'
import type { Store } from '../../shared/store/store.ts'
import type { UsersTables } from './tables.ts'

/** Whose addresses these are now; what nobody has is left out. */
export function createLookup({ db }: Store, { users }: UsersTables) {
  return async (emails: string[]): Promise<AddressOwners> => {
    const keys = emails.map((email) => email.toLowerCase())
    return db
      .select({ email: users.email, user_id: users.id })
      .from(users)
      .where(inArray(users.email, keys))
  }
}

/** The groups of users, as they are now; who has no account is left out. */
export function createGroupsLookup({ db }: Store, { users, groupMembers }: UsersTables) {
  return async (ids: string[]): Promise<GroupsOfUsers> => {
    const rows = await db
      .select({ id: users.id, role: users.role, group_id: groupMembers.group_id })
      .from(users)
      .leftJoin(groupMembers, eq(groupMembers.user_id, users.id))
      .where(inArray(users.id, ids))
    return [...Map.groupBy(rows, ({ id }) => id)].map(([user_id, of]) => ({
      user_id,
      administrator: of[0]?.role === 'admin',
      groups: of.flatMap(({ group_id }) => group_id ?? []),
    }))
  }
}
