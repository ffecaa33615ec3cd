import { and, desc, eq, gt, isNull, or, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { notFound } from '../../shared/problem.ts'
import type { Credentials, Login, Role, Tokens } from '../../shared/schemas/user.ts'
import type { Origin, SecurityLog } from '../../shared/host/security-log.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'
import { accessToken } from '../../shared/host/token.ts'
import { accountDisabled } from './disabled.ts'
import { createHolders, type Holder } from './holders.ts'
import type { LoginLimit } from './login-limit.ts'
import { refreshRefused, wrongCredentials } from './login-refusals.ts'
import { listPrunableLogins } from './login-pruning.ts'
import type { Passwords } from './password.ts'
import { refuseSamplePassword } from './sample.ts'
import type { SecondFactor } from './second-factor/second-factor.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { UserRow, UsersTables } from './tables.ts'
import { day_ms } from '../../shared/duration.ts'

// A login expires if it is not refreshed for this long.
const loginLife_ms = 30 * day_ms
// A client that missed the response repeats its refresh token within this time, from the same
// place; a thief is elsewhere.
const lostResponse_ms = 30_000
// More devices than anybody has; bounds a user's rows.
const loginsPerUserMax = 50

export interface LoginsOptions {
  passwords: Passwords
  limit: LoginLimit
  signingKeys: SigningKeys
  secondFactor: Pick<SecondFactor, 'requireAtLogin'>
  security: SecurityLog
}

/** How the user was authenticated. */
export interface Beginning {
  origin: Origin
  /** A further condition of the commit that begins the login. */
  guard?: SQL
  /** When it ends even if it is refreshed, in ms since 1970; undefined: never. */
  ends?: number
  /** For the security log. */
  detail?: Record<string, unknown>
}

/**
 * Logins: from name and password to tokens and their renewal. A refresh token is the login's id and
 * refresh count, sealed; only the count is stored.
 */
export function createLogins(context: Context, tables: UsersTables, options: LoginsOptions) {
  const { store, clock, config, id, secret } = context
  const { users, logins } = tables
  const { passwords, limit, signingKeys, secondFactor, security } = options
  const findHolder = createHolders(store, tables)
  const refreshTokens = createSealedTokens(secret, 'refresh tokens')

  /** @throws 401 unless we sealed the token, however old */
  function readRefreshToken(token: string): { login: string; refreshes: number } {
    const [login = '', refreshes = ''] = refreshTokens.read(token) ?? []
    if (!login) throw refreshRefused()
    return { login, refreshes: Number(refreshes) }
  }

  async function toTokens(
    { user, groups }: Holder,
    login: string,
    refreshes: number,
  ): Promise<Tokens> {
    const exp = Math.floor(clock() / 1000) + accessToken.life_s
    const { id: sub, email, generation: gen } = user
    const claims = { sub, role: user.role as Role, email, sid: login, exp }
    const optional = { ...(groups.length > 0 && { groups }), ...(gen > 0 && { gen }) }
    return {
      access_token: await signingKeys.sign({ ...claims, ...optional }),
      token_type: 'Bearer',
      expires_in: accessToken.life_s,
      refresh_token: refreshTokens.write([login, String(refreshes)]),
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

  /** @throws 401 if name or password is wrong, 429 after too many failures, 403 if disabled */
  async function logIn(credentials: Credentials, origin: Origin): Promise<Tokens> {
    const { username, password, device_token: deviceToken } = credentials
    const user = await findByName(username)
    const about = { actor: 'anonymous', user: user?.id, origin }
    const attempt = { userId: user?.id, username, address: origin.address, deviceToken }
    const succeed = await limit.consume(attempt).catch((error: unknown) => {
      security('login_locked', about)
      throw error
    })
    const isRight = await passwords.verify(password, user?.password_hash)
    if (isRight) refuseSamplePassword(password, config)
    if (isRight && user && user.disabled !== null) {
      await succeed()
      security('login_failed', about)
      throw accountDisabled()
    }
    const recovery_codes =
      isRight && user
        ? await secondFactor.requireAtLogin(user, credentials, { origin, succeed })
        : []
    const tokens = isRight && user ? await begin(user, { origin }) : undefined
    if (!tokens) {
      security('login_failed', about)
      throw wrongCredentials()
    }
    await succeed()
    return { ...tokens, ...(recovery_codes.length > 0 && { recovery_codes }) }
  }

  /** Begins a login after authentication. @returns undefined if the user may no longer begin one */
  async function begin(user: UserRow, how: Beginning): Promise<Tokens | undefined> {
    const login = id()
    if (!(await keep(login, user, how))) return undefined
    security('login', { actor: user.id, login, origin: how.origin, ...how.detail })
    const tokens = await toTokens(await requireHolder(user.id), login, 0)
    return { ...tokens, device_token: limit.deviceTokenFor(user.id) }
  }

  /**
   * Stores a login, unless the password changed while it was verified: a change ends all logins and
   * must not miss this one. The lock serializes the two.
   */
  function keep(login: string, user: UserRow, how: Beginning): Promise<boolean> {
    const { origin, guard, ends } = how
    const now = clock()
    const row = {
      id: login,
      expires: Math.min(now + loginLife_ms, ends ?? Infinity),
      ends: ends ?? null,
      token_expires: now + accessToken.life_s * 1000,
      created: now,
      ...toPlace(origin),
    }
    const isSame = and(eq(users.id, user.id), eq(users.password_hash, user.password_hash), guard)
    const values = Object.entries(row).map(([name, value]) =>
      sql.param(value, logins[name as keyof typeof row]),
    )
    return store.atomically([
      sql`SELECT id FROM ${users} WHERE ${eq(users.id, user.id)} ${store.rowLock}`,
      endOldestOf(user.id),
      sql`INSERT INTO ${logins} (user_id, ${sql.raw(Object.keys(row).join(', '))})
        SELECT ${users.id}, ${sql.join(values, sql`, `)} FROM ${users} WHERE ${isSame}`,
    ])
  }

  // The least recently used ones, so that the new one does not exceed the limit.
  function endOldestOf(userId: string): SQL {
    const isOpen = and(eq(logins.user_id, userId), isNull(logins.ended))
    const kept = sql`SELECT id FROM ${logins} WHERE ${isOpen}
      ORDER BY expires DESC, id DESC LIMIT ${sql.raw(String(loginsPerUserMax - 1))}`
    return sql`UPDATE ${logins} SET ended = ${sql.param(clock(), logins.ended)}
      WHERE ${isOpen} AND id NOT IN (${kept})`
  }

  /** The user as of now, for the token's claims. @throws 401 if they are removed or disabled */
  async function requireHolder(userId: string): Promise<Holder> {
    const holder = await findHolder(userId)
    if (!holder) throw refreshRefused()
    return holder
  }

  /**
   * The next tokens of a login. A client that lost the response, such as a page that was left, gets
   * them again with the same token from the same place, until the lost ones are used.
   * @throws 401 if the token is invalid or was already used; the latter ends its login
   */
  async function refresh(token: string, origin: Origin): Promise<Tokens> {
    const { login, refreshes } = readRefreshToken(token)
    const now = clock()
    const place = toPlace(origin)
    const expires = sql.param(now + loginLife_ms, logins.expires)
    const isNewest = eq(logins.refreshes, refreshes)
    const isRepeat = and(
      eq(logins.refreshes, refreshes + 1),
      gt(logins.refreshed, now - lostResponse_ms),
      sql`${logins.address} IS NOT DISTINCT FROM ${place.address}`,
      sql`${logins.user_agent} IS NOT DISTINCT FROM ${place.user_agent}`,
    )
    const [renewed] = await store.db
      .update(logins)
      .set({
        refreshes: refreshes + 1,
        refreshed: sql`CASE WHEN ${isNewest} THEN ${sql.param(now, logins.refreshed)}
          ELSE ${logins.refreshed} END`,
        expires: sql`CASE WHEN ${logins.ends} < ${expires} THEN ${logins.ends} ELSE ${expires} END`,
        token_expires: now + accessToken.life_s * 1000,
        ...place,
      })
      .where(
        and(
          eq(logins.id, login),
          or(isNewest, isRepeat),
          isNull(logins.ended),
          gt(logins.expires, now),
        ),
      )
      .returning()
    if (!renewed) {
      // The token was copied, and there is no telling which of the two is the owner.
      const [ended] = await end(eq(logins.id, login))
      const about = { actor: 'anonymous', user: ended?.user_id, login, origin }
      if (ended && ended.refreshes !== refreshes) security('refresh_token_reused', about)
      throw refreshRefused()
    }
    return toTokens(await requireHolder(renewed.user_id), login, refreshes + 1)
  }

  function end(which: SQL | undefined) {
    return store.db
      .update(logins)
      .set({ ended: clock() })
      .where(and(which, isNull(logins.ended)))
      .returning()
  }

  return {
    logIn,
    begin,
    refresh,
    /** Ends the login of a refresh token. @throws 401 unless we sealed it */
    logOut: async (token: string, origin: Origin) => {
      const { login } = readRefreshToken(token)
      const [ended] = await end(eq(logins.id, login))
      if (ended) security('login_ended', { actor: ended.user_id, login, origin })
    },
    /** A user's current logins, most recently used first. */
    listOf: async ({ id: userId, login }: Caller): Promise<Login[]> => {
      const rows = await store.db
        .select()
        .from(logins)
        .where(and(eq(logins.user_id, userId), isNull(logins.ended), gt(logins.expires, clock())))
        .orderBy(desc(logins.expires))
        .limit(loginsPerUserMax)
      return rows.map((row) => toLogin(row, login))
    },
    /** Ends one of the user's logins. @throws 404 if it is not theirs, or over */
    endOne: async (loginId: string, caller: Caller, origin: Origin) => {
      const isOwn = and(eq(logins.id, loginId), eq(logins.user_id, caller.id))
      const [ended] = await end(isOwn)
      if (!ended) throw notFound('login', loginId)
      security('login_ended', { actor: caller.id, login: loginId, origin })
    },
    /** Ends all logins of a user, including the current one. */
    endAll: async ({ id: userId }: Caller, origin: Origin) => {
      const ended = await end(eq(logins.user_id, userId))
      security('logins_ended', { actor: userId, count: ended.length, origin })
    },
    /** As a statement, for changes that require it. `except`: this login continues. */
    endAllOf: (userId: string, except?: string) =>
      sql`UPDATE ${logins} SET ended = ${sql.param(clock(), logins.ended)}
        WHERE user_id = ${sql.param(userId, logins.user_id)} AND ended IS NULL
        ${except ? sql`AND id <> ${sql.param(except, logins.id)}` : sql``}`,
    prunable: listPrunableLogins(tables),
  }
}

export type Logins = ReturnType<typeof createLogins>

function toPlace({ address, user_agent }: Origin) {
  return { address: address || null, user_agent }
}

function toLogin(row: UsersTables['logins']['$inferSelect'], current: string): Login {
  const { id, address, user_agent } = row
  return {
    id,
    created: toInstant(row.created) ?? '',
    last_used: toInstant(row.token_expires - accessToken.life_s * 1000) ?? '',
    address,
    user_agent,
    current: id === current,
  }
}
