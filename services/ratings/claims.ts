import { eq, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { unavailable } from '../../shared/problem.ts'
import type { UsersApi } from '../users/index.ts'
import type { RatingsTables } from './tables.ts'

// Addresses per request to the users service.
const atOnce = 200

/**
 * Ratings were once stored by address. Each address is looked up once and its ratings go to the
 * user who has it now, never to a later one. Ratings of unknown addresses stay without an owner.
 */
export function createClaims(
  { store, client }: Pick<Context, 'store' | 'client'>,
  { ratings, addresses }: RatingsTables,
) {
  let isDone = false

  /** @throws 503 when the users service is unavailable */
  async function findOwners(emails: string[]): Promise<Map<string, string>> {
    const { data, error } = await client<UsersApi>('users').api.users.lookup.post({ emails })
    if (error)
      throw unavailable('users_unavailable', 'The users service is unavailable. Please retry.')
    return new Map(data.map(({ email, user_id }) => [email, user_id]))
  }

  async function claim(emails: string[]): Promise<void> {
    const owners = await findOwners(emails)
    for (const email of emails) {
      const user = owners.get(email)
      const done = sql`DELETE FROM ${addresses} WHERE email = ${email}`
      await store.atomically(user === undefined ? [done] : [giveTo(user, email), done])
    }
  }

  // If the user has rated the book meanwhile, that rating counts as theirs.
  function giveTo(user: string, email: string) {
    return sql`UPDATE ${ratings} SET user_id = ${user}, email = ''
      WHERE email = ${email} AND user_id IS NULL AND NOT EXISTS (SELECT 1 FROM ${ratings} own
        WHERE own.book_id = book_ratings.book_id AND own.user_id = ${user})`
  }

  /**
   * Looks up all addresses. @throws 503 when the users service is unavailable; the next run resumes
   */
  async function claimAll(): Promise<void> {
    while (!isDone) {
      const rows = await store.db.select().from(addresses).limit(atOnce)
      if (rows.length > 0) await claim(rows.map(({ email }) => email))
      else isDone = true
    }
  }

  /** Looks up the address of a user who calls meanwhile. @throws 503 as `claimAll` */
  async function claimOwn({ email }: Caller): Promise<void> {
    if (isDone || email === '') return
    const waiting = await store.db.$count(addresses, eq(addresses.email, email))
    if (waiting > 0) await claim([email])
  }

  return { findOwners, claimAll, claimOwn }
}
