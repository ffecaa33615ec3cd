import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, asc, eq, gt, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { forbidden, isAdministrator, type Caller } from '../../shared/access.ts'
import type { Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { fold } from '../../shared/fold.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import {
  pageReader,
  readCursor,
  rowsToAsk,
  toPage,
  type Page,
  type PageQuery,
} from '../../shared/page.ts'
import { conflict, notFound, ProblemError } from '../../shared/problem.ts'
import type { Role, User, UserChange } from '../../shared/schemas/user.ts'
import type { Origin, SecurityLog } from '../../shared/host/security-log.ts'
import { contains } from '@campus/store/contains.ts'
import { violation } from '@campus/store/error.ts'
import { createFindUser } from './find-user.ts'
import { toNameColumns } from './directory/display-name.ts'
import type { Logins } from './logins.ts'
import { createNewAccounts, toUser } from './new-account.ts'
import type { OwnPassword } from './own-password.ts'
import { requireGoodPassword } from './password-rule.ts'
import type { Passwords } from './password.ts'
import type { Standing } from './standing.ts'
import type { TakenLimit } from './taken-limit.ts'
import type { UserRow, UsersTables } from './tables.ts'

export interface AccountsOptions {
  passwords: Passwords
  logins: Logins
  requireOwnPassword: OwnPassword
  limitTaken: TakenLimit
  security: SecurityLog
  standing: Standing
}

/** The account, and where the request comes from. */
interface Place {
  id: string
  origin: Origin
}

/** Which accounts to list. */
export interface AccountQuery extends PageQuery {
  /** A part of the username, the name or the address. */
  q?: string | undefined
  /** With commas between them. */
  ids?: string | undefined
  role?: Role | undefined
  disabled?: 'true' | 'false' | undefined
}

type AccountChange = Place & Change<UserChange>
type AccountRemoval = Place & Change<{ current_password?: string | undefined } | undefined>

/** Accounts: sign up, find, change, remove. */
export function createAccounts(
  context: Context,
  tables: UsersTables,
  { passwords, logins, requireOwnPassword, limitTaken, security, standing }: AccountsOptions,
) {
  const { store, clock } = context
  const { users } = tables
  const makeAccount = createNewAccounts(context, tables, passwords)
  const find = createFindUser(context, tables)

  function select({ q, ids, role, disabled }: AccountQuery) {
    const part = (q ?? '').toLowerCase()
    const fields = [users.username_key, users.email]
    const isFound = or(
      ...fields.map((field) => contains(field, part)),
      contains(users.display_key, fold(part)),
    )
    return and(
      q ? isFound : undefined,
      ids === undefined ? undefined : inArray(users.id, ids.split(',')),
      role && eq(users.role, role),
      disabled && (disabled === 'true' ? isNotNull : isNull)(users.disabled),
    )
  }

  /** By username. */
  async function list(query: AccountQuery, caller: Caller): Promise<Page<User>> {
    const after = readCursor(query, isPosition)
    const { db } = pageReader(store, query, caller)
    const rows = await db
      .select()
      .from(users)
      .where(and(select(query), after && gt(users.username_key, after[0])))
      .orderBy(asc(users.username_key))
      .limit(rowsToAsk(query))
    const page = toPage(rows, query, (last) => [last.username_key])
    return { ...page, items: page.items.map(toUser) }
  }

  // An account that is already disabled keeps its time.
  function toDisabled(body: UserChange, before: UserRow): number | null {
    if (body.disabled === undefined) return before.disabled
    return body.disabled ? (before.disabled ?? clock()) : null
  }

  async function tryChange(options: AccountChange): Promise<Versioned<User> | undefined> {
    const { id, body, caller, ifMatch } = options
    const before = await find(id)
    requireMatch(before.version, ifMatch)
    await requireMayChange(before, options)
    const { username = before.username, email = before.email, role = before.role } = body
    const disabled = toDisabled(body, before)
    if (body.password) requireGoodPassword(body.password, { username, email })
    const password_hash = body.password ? await passwords.hash(body.password) : before.password_hash
    const named = body.display_name !== undefined && toNameColumns(body.display_name, email)
    const next = {
      ...named,
      username,
      username_key: username.toLowerCase(),
      email: email.toLowerCase(),
      role,
      disabled,
      password_hash,
      version: before.version + 1,
    }
    // Tokens carry role and address, so those signed before the change must end.
    const isOther = role !== before.role || next.email !== before.email
    const except = isOther || caller.id !== id ? undefined : caller.login
    const end = isOther || body.password ? [logins.endAllOf(id, except)] : []
    const update = store.db
      .update(users)
      .set(next)
      .where(
        and(
          eq(users.id, id),
          eq(users.version, before.version),
          staysAdministered(id, next),
          standing.holds(caller),
        ),
      )
    const kept = await store
      .atomically([lockFor(id), ...end, update.getSQL()])
      .catch((error: unknown) => {
        throw violation(error) === 'unique' ? taken(body) : error
      })
    if (!kept) return lost(before, caller)
    record(before, options, next.email !== before.email)
    return { value: toUser({ ...before, ...next }), version: next.version }
  }

  /** @throws 409 for the last administrator, as nobody could appoint another */
  async function tryRemove(options: AccountRemoval): Promise<true | undefined> {
    const { id, body, caller, ifMatch, origin } = options
    const before = await find(id)
    const { version } = before
    requireMatch(version, ifMatch)
    if (caller.id === id) await requireOwnPassword(before, body?.current_password, origin)
    const removal = store.db
      .delete(users)
      .where(
        and(
          eq(users.id, id),
          eq(users.version, version),
          staysAdministered(id),
          standing.holds(caller),
        ),
      )
    const statements = [lockFor(id), logins.endAllOf(id), removal.getSQL()]
    if (!(await store.atomically(statements))) return lost(before, caller)
    security('account_removed', { actor: caller.id, user: id, origin })
    return true
  }

  // Role and reset are for administrators; a user's own password requires the old one.
  async function requireMayChange(before: UserRow, { body, caller, origin }: AccountChange) {
    if (isAdministrator(caller) && caller.id !== before.id) return
    if (body.disabled !== undefined) {
      throw forbidden('Only another administrator may disable or enable an account.')
    }
    if (body.role !== undefined && body.role !== before.role && !isAdministrator(caller)) {
      const detail = 'Only an administrator may change a role. Ask one.'
      throw new ProblemError({ status: 403, code: 'forbidden', detail })
    }
    if (body.password === undefined && body.email === undefined) return
    const isMoved = body.email !== undefined && body.email.toLowerCase() !== before.email
    if (isMoved && context.config.smtp) throw unconfirmed()
    await requireOwnPassword(before, body.current_password, origin)
  }

  function record(before: UserRow, change: AccountChange, isMoved: boolean): void {
    const { body, caller, origin } = change
    const about = { actor: caller.id, user: before.id, origin }
    if (body.role && body.role !== before.role) {
      security('role_changed', { ...about, from: before.role, to: body.role })
    }
    if (isMoved) security('address_changed', about)
    const isDisabled = before.disabled !== null
    if (body.disabled !== undefined && body.disabled !== isDisabled) {
      security(body.disabled ? 'account_disabled' : 'account_enabled', about)
    }
    const isOwn = caller.id === before.id
    if (body.password) security(isOwn ? 'password_changed' : 'password_reset', about)
  }

  // Serializes administrators who demote each other, and a user's changes with their logins.
  function lockFor(id: string) {
    const isTouched = or(eq(users.role, 'admin'), eq(users.id, id))
    return sql`SELECT id FROM ${users} WHERE ${isTouched} ORDER BY id ${store.rowLock}`
  }

  function staysAdministered(id: string, next?: Pick<UserRow, 'role' | 'disabled'>) {
    if (next?.role === 'admin' && next.disabled === null) return undefined
    const others = sql`SELECT 1 FROM ${users} AS others
      WHERE others.role = 'admin' AND others.disabled IS NULL
        AND others.id <> ${sql.param(id, users.id)}`
    return sql`(${users.role} <> 'admin' OR ${users.disabled} IS NOT NULL OR EXISTS (${others}))`
  }

  // Lost to another change, unless it was refused.
  async function lost({ id, version }: UserRow, caller: Caller): Promise<undefined> {
    await standing.require(caller)
    const now = await find(id)
    if (now.version !== version) return undefined
    throw conflict('last_administrator', 'This is the last administrator. Make another one first.')
  }

  return {
    create: makeAccount.create,
    requireFree: makeAccount.requireFree,
    list,
    get: async (id: string): Promise<Versioned<User>> => {
      const row = await find(id)
      return { value: toUser(row), version: row.version }
    },
    change: (options: AccountChange) => {
      const run = () => retryOnConflict(() => tryChange(options))
      const { caller } = options
      return isAdministrator(caller) ? run() : limitTaken(`user:${caller.id}`, run)
    },
    remove: async (options: AccountRemoval): Promise<void> => {
      await retryOnConflict(() => tryRemove(options))
    },
    /** Ends all logins of a user. @throws 404 */
    logOut: async ({ id, caller, origin }: Place & { caller: Caller }): Promise<void> => {
      // Changes nothing, but takes the lock and decides.
      const deciding = sql`UPDATE ${users} SET version = version
        WHERE ${and(eq(users.id, id), standing.holds(caller))}`
      const statements = [standing.lock(caller, id), logins.endAllOf(id), deciding]
      if (!(await store.atomically(statements))) {
        await standing.require(caller)
        throw notFound('user', id)
      }
      security('logins_ended', { actor: caller.id, user: id, origin })
    },
    findByName: async (name: string): Promise<User | undefined> => {
      const key = name.toLowerCase()
      const isNamed = or(eq(users.username_key, key), eq(users.email, key))
      const [row] = await store.db.select().from(users).where(isNamed)
      return row && toUser(row)
    },
    hasAdministrator: async () => (await store.db.$count(users, eq(users.role, 'admin'))) > 0,
  }
}

export type Accounts = ReturnType<typeof createAccounts>

function taken({ username, email }: UserChange): ProblemError {
  const what = [username && 'username', email && 'email address'].filter(Boolean).join(' or ')
  return conflict('user_taken', `The ${what} is taken. Choose another.`)
}

function unconfirmed(): ProblemError {
  const detail =
    'Send it to POST /api/address_changes; it changes once the link sent there is followed.'
  return conflict('address_unconfirmed', detail)
}

const Position = Type.Tuple([Type.String({ maxLength: 50 })])

function isPosition(value: unknown): value is [username: string] {
  return Value.Check(Position, value)
}
