import type { Context } from '../../../shared/context.ts'
import { toKey } from '../../../shared/fold.ts'
import { folded, refold } from '../../../shared/refold.ts'
import type { UsersTables } from '../tables.ts'

/** Names of people and groups, where an earlier rule folded them. */
export function refoldNames(context: Context, { users, groups }: UsersTables): void {
  refold(context, {
    users: folded(users, [users.id], ({ display_name }) => ({ display_key: toKey(display_name) })),
    user_groups: folded(groups, [groups.id], ({ name }) => ({ name_key: toKey(name) })),
  })
}
