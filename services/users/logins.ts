import { and, eq, gt, gte, isNull, lt, or, sql } from 'drizzle-orm'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { toClientNetwork } from '../../shared/client-address.ts'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { Credentials, Role, Tokens } from '../../shared/schemas/user.ts'
import { accessToken } from '../../shared/token.ts'
import type { Attempts } from './attempts.ts'
import type { Passwords } from './password.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { UserRow, UsersTables } from './tables.ts'

// A login that nobody refreshes for this long is over.
const loginLife_ms = 30 * 24 * 60 * 60 * 1000
// Ended logins are kept for as long as anybody could ask.
const keepEnded_ms = 60 * 60 * 1000
const endedMax = 10_000

export interface LoginsOptions {
  passwords: Passwords
  attempts: Attempts
  signingKeys: SigningKeys
}

/**
 * Logins: from name and password to tokens, and on. A refresh token is the login's id and the
 * count of its refreshes under our seal; nothing of it is stored but the count.
 */
export function createLogins(context: Context, tables: UsersTables, options: LoginsOptions) {
  const { store, clock, id, secret } = context
  const { users, logins } = tables
  const { passwords, attempts, signingKeys } = options
  const sealing = secret.key('refresh tokens')

  const seal = (text: string) => createHmac('sha256', sealing).update(text).digest()

  function toRefreshToken(login: string, refreshes: number): string {
    const text = `${login}.${refreshes}`
    return `${text}.${seal(text).toString('base64url')}`
  }

  /** @throws 401 unless the token is one of ours, however old */
  function readRefreshToken(token: string): { login: string; refreshes: number } {
    const [login = '', count = '', given = ''] = token.split('.')
    const own = seal(`${login}.${count}`)
    const bytes = Buffer.from(given, 'base64url')
    const isOurs = bytes.length === own.length && timingSafeEqual(bytes, own)
    if (!isOurs || token !== toRefreshToken(login, Number(count))) throw refreshRefused()
    return { login, refreshes: Number(count) }
  }

  async function toTokens(
    user: Pick<UserRow, 'id' | 'role' | 'email'>,
    login: string,
    refreshes: number,
  ): Promise<Tokens> {
    const exp = Math.floor(clock() / 1000) + accessToken.life_s
    const { id: sub, email } = user
    const role = user.role as Role
    return {
      access_token: await signingKeys.sign({ sub, role, email, sid: login, exp }),
      token_type: 'Bearer',
      expires_in: accessToken.life_s,
      refresh_token: toRefreshToken(login, refreshes),
    }
  }

  async function findByName(name: string): Promise<UserRow | undefined> {
    const key = name.toLowerCase()
    const [user] = await store.db
      .select()
      .from(users)
      .where(or(eq(users.username_key, key), eq(users.email, key)))
    return user
  }

  /**
   * @param address the client's, empty when it is not known
   * @throws 401 when name or password is not correct, 429 after too many failures
   */
  async function logIn({ username, password }: Credentials, address: string): Promise<Tokens> {
    const user = await findByName(username)
    const account = `account:${user?.id ?? username.toLowerCase()}`
    const network = address && `network:${toClientNetwork(address)}`
    await attempts.take(account)
    if (network) await attempts.take(network)
    if (!(await passwords.verify(password, user?.password_hash)) || !user) throw wrongCredentials()
    await attempts.clear(account)
    if (network) await attempts.giveBack(network)
    const login = id()
    if (!(await begin(login, user))) throw wrongCredentials()
    return toTokens(await requireUser(user.id), login, 0)
  }

  /**
   * Keeps a login, unless the password became another one while it was verified: whoever changes it
   * ends all logins, and must not miss one. The lock lets the two go one after the other.
   */
  function begin(login: string, { id, password_hash }: UserRow): Promise<boolean> {
    const expires = sql.param(clock() + loginLife_ms, logins.expires)
    const isSame = and(eq(users.id, id), eq(users.password_hash, password_hash))
    return store.atomically([
      sql`SELECT id FROM ${users} WHERE ${eq(users.id, id)} ${store.rowLock}`,
      sql`INSERT INTO ${logins} (id, user_id, expires)
        SELECT ${sql.param(login, logins.id)}, ${users.id}, ${expires}
        FROM ${users} WHERE ${isSame}`,
    ])
  }

  /** As they are now: tokens say who somebody is. @throws 401 once they are removed */
  async function requireUser(userId: string): Promise<UserRow> {
    const [user] = await store.db.select().from(users).where(eq(users.id, userId))
    if (!user) throw refreshRefused()
    return user
  }

  /** @throws 401 when the token is not good, or was used before; then its login ends */
  async function refresh(token: string): Promise<Tokens> {
    const { login, refreshes } = readRefreshToken(token)
    const now = clock()
    const [renewed] = await store.db
      .update(logins)
      .set({ refreshes: refreshes + 1, expires: now + loginLife_ms })
      .where(
        and(
          eq(logins.id, login),
          eq(logins.refreshes, refreshes),
          isNull(logins.ended),
          gt(logins.expires, now),
        ),
      )
      .returning()
    if (!renewed) {
      // Somebody has this token who should not, or had: nobody can tell whom to believe.
      await end(eq(logins.id, login))
      throw refreshRefused()
    }
    return toTokens(await requireUser(renewed.user_id), login, refreshes + 1)
  }

  async function end(which: ReturnType<typeof eq>): Promise<void> {
    await store.db
      .update(logins)
      .set({ ended: clock() })
      .where(and(which, isNull(logins.ended)))
  }

  return {
    logIn,
    refresh,
    /** Ends the login of a refresh token. @throws 401 for a token that is none of ours */
    logOut: async (token: string) => {
      const { login } = readRefreshToken(token)
      await end(eq(logins.id, login))
    },
    /** As a statement, for changes that must not stay without it. `except`: this login goes on. */
    endAllOf: (userId: string, except?: string) =>
      sql`UPDATE ${logins} SET ended = ${sql.param(clock(), logins.ended)}
        WHERE user_id = ${sql.param(userId, logins.user_id)} AND ended IS NULL
        ${except ? sql`AND id <> ${sql.param(except, logins.id)}` : sql``}`,
    /** Those that ended since then, oldest first. */
    listEnded: async (since_ms: number) => {
      const rows = await store.db
        .select({ id: logins.id, ended: logins.ended })
        .from(logins)
        .where(gte(logins.ended, since_ms))
        .orderBy(logins.ended)
        .limit(endedMax)
      return rows.map((row) => ({ id: row.id, ended: toInstant(row.ended ?? 0) ?? '' }))
    },
    /** Forgets logins that are over. */
    prune: async () => {
      const now = clock()
      const isOver = or(lt(logins.expires, now), lt(logins.ended, now - keepEnded_ms))
      await store.db.delete(logins).where(isOver)
    },
  }
}

export type Logins = ReturnType<typeof createLogins>

// The same words for an unknown name: who has an account here is nobody's business.
export function wrongCredentials(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'credentials_wrong',
    detail: 'username or password is not correct',
    headers: { 'www-authenticate': 'Bearer' },
  })
}

function refreshRefused(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'refresh_token_invalid',
    detail: 'The refresh token is not valid, or was used before. Log in again.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
