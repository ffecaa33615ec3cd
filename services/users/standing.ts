import { and, eq, exists, inArray, isNull, or, sql, type SQL } from 'drizzle-orm'
import type { AuthContext, Caller } from '../../shared/access.ts'
import { invalidToken } from '../../shared/host/token.ts'
import type { Store } from '@campus/store/store.ts'
import type { UsersTables } from './tables.ts'

/**
 * Whether the caller is an administrator now. A token states the role when it was issued, and other
 * services learn of a demotion within 5 s; a demoted administrator must not undo it meanwhile.
 */
export function createStanding(
  { db, rowLock }: Store,
  { users, logins, apiKeys }: Pick<UsersTables, 'users' | 'logins' | 'apiKeys'>,
) {
  const isInUse = (id: string) =>
    and(eq(users.id, id), eq(users.role, 'admin'), isNull(users.disabled))

  async function stands({ id, login }: Caller): Promise<boolean> {
    const ofLogin = and(eq(logins.id, login), eq(logins.user_id, id), isNull(logins.ended))
    const ofKey = and(eq(apiKeys.id, login), eq(apiKeys.user_id, id))
    const isBegun = or(
      exists(db.select({ id: logins.id }).from(logins).where(ofLogin)),
      exists(db.select({ id: apiKeys.id }).from(apiKeys).where(ofKey)),
    )
    const [found] = await db
      .select({ id: users.id })
      .from(users)
      .where(and(isInUse(id), isBegun))
    return found !== undefined
  }

  return {
    /** For every route: 401 for administrators whose role or login has ended. */
    derive: ({ authenticate }: AuthContext) => ({
      authenticate: async (request: Request): Promise<Caller> => {
        const caller = await authenticate(request)
        const role = caller.grant?.role ?? caller.role
        if (role === 'admin' && !(await stands(caller))) throw invalidToken()
        return caller
      },
    }),
    /**
     * First in a commit: waits for concurrent changes to the caller's account.
     * @param about further users to lock, in the common order
     */
    lock: ({ id, role }: Caller, ...about: string[]): SQL => {
      const ids = role === 'admin' ? [id, ...about] : about
      return sql`SELECT id FROM ${users} WHERE ${inArray(users.id, ids)} ORDER BY id ${rowLock}`
    },
    /** SQL condition: the caller is still an administrator; undefined for other callers. */
    holds: ({ id, role }: Caller): SQL | undefined =>
      role === 'admin'
        ? exists(db.select({ id: users.id }).from(users).where(isInUse(id)))
        : undefined,
    /** Explains a refused commit, if this was why. @throws 401 */
    require: async (caller: Caller): Promise<void> => {
      if (caller.role === 'admin' && !(await stands(caller))) throw invalidToken()
    },
  }
}

export type Standing = ReturnType<typeof createStanding>
