import { and, eq, isNull } from 'drizzle-orm'
import { placeholder } from '@campus/store/columns.ts'
import type { Store } from '@campus/store/store.ts'
import type { UserRow, UsersTables } from './tables.ts'

/** The owner of a token. */
export interface Holder {
  user: UserRow
  /** Group ids. */
  groups: string[]
}

/** Finds active users with their groups; groups and generation are read in one statement. */
export function createHolders({ db }: Store, { users, groupMembers }: UsersTables) {
  const findRows = db
    .select({ user: users, group_id: groupMembers.group_id })
    .from(users)
    .leftJoin(groupMembers, eq(groupMembers.user_id, users.id))
    .where(and(eq(users.id, placeholder(users.id)), isNull(users.disabled)))
    .prepare()

  return async (userId: string): Promise<Holder | undefined> => {
    const rows = await findRows.execute({ id: userId })
    const [first] = rows
    return first && { user: first.user, groups: rows.flatMap(({ group_id }) => group_id ?? []) }
  }
}
