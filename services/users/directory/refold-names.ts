import type { Context } from '../../../shared/context.ts'
import { toKey } from '../../../shared/fold.ts'
import { folded, refold } from '../../../shared/refold.ts'
import type { UsersTables } from '../tables.ts'

/** Refolds names of people and groups that were folded by an earlier rule. */
export function refoldNames(context: Context, { users, groups }: UsersTables): void {
  refold(context, {
    users: folded(users, [users.id], ({ display_name }) => ({ display_key: toKey(display_name) })),
    user_groups: folded(groups, [groups.id], ({ name }) => ({ name_key: toKey(name) })),
  })
}
