import { eq, inArray } from 'drizzle-orm'
import type { AddressOwners, GroupsOfUsers } from '../../shared/schemas/user.ts'
import type { Store } from '@campus/store/store.ts'
import { toDisplayName } from './directory/display-name.ts'
import type { UsersTables } from './tables.ts'

/** The users of these addresses now; unknown ones are left out. */
export function createLookup({ db }: Store, { users }: UsersTables) {
  return async (emails: string[]): Promise<AddressOwners> => {
    const keys = emails.map((email) => email.toLowerCase())
    return db
      .select({ email: users.email, user_id: users.id })
      .from(users)
      .where(inArray(users.email, keys))
  }
}

/** Users and their groups, as of now; removed accounts are left out. */
export function createGroupsLookup({ db }: Store, { users, groupMembers }: UsersTables) {
  return async (ids: string[]): Promise<GroupsOfUsers> => {
    const rows = await db
      .select({ user: users, group_id: groupMembers.group_id })
      .from(users)
      .leftJoin(groupMembers, eq(groupMembers.user_id, users.id))
      .where(inArray(users.id, ids))
    return [...Map.groupBy(rows, ({ user }) => user.id).values()].flatMap((of) => {
      const [{ user } = { user: undefined }] = of
      if (!user) return []
      return {
        user_id: user.id,
        display_name: toDisplayName(user),
        administrator: user.role === 'admin',
        disabled: user.disabled !== null,
        groups: of.flatMap(({ group_id }) => group_id ?? []),
      }
    })
  }
}
