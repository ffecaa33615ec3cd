import type { Context } from '../../shared/context.ts'
import { invalid, unavailable } from '../../shared/problem.ts'
import type { UsersApi } from '../users/index.ts'

/**
 * Checks who is to teach a course.
 * @throws 422 at each new one without an active account; 503 while users is unavailable
 */
export type RequireTeachers = (
  named: readonly string[],
  before?: readonly string[],
) => Promise<void>

export function createRequireTeachers({ client }: Pick<Context, 'client'>): RequireTeachers {
  return async (named, before = []) => {
    const ids = [...new Set(named)].filter((id) => !before.includes(id))
    if (ids.length === 0) return
    const { data, error } = await client<UsersApi>('users').api.users.groups.post({ ids })
    if (error) {
      throw unavailable('users_unavailable', 'Accounts cannot be looked up now. Please retry.')
    }
    const active = new Set(data.flatMap((one) => (one.disabled ? [] : one.user_id)))
    const faults = named.flatMap((id, index) => {
      if (before.includes(id) || active.has(id)) return []
      return { pointer: `#/teachers/${index}`, detail: 'There is no active account with this id.' }
    })
    if (faults.length > 0) throw invalid(faults)
  }
}
