import { eq } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { notFound } from '../../shared/problem.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import type { UserRow, UsersTables } from './tables.ts'

/** Finds a user by id; that of a service which calls is none. @throws 404 */
export function createFindUser({ store }: Pick<Context, 'store'>, { users }: UsersTables) {
  return async (id: string): Promise<UserRow> => {
    const [user] = isId(id) ? await store.db.select().from(users).where(eq(users.id, id)) : []
    if (!user) throw notFound('user', id)
    return user
  }
}
