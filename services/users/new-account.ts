import { eq, or, type SQL } from 'drizzle-orm'
import type { Created } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { createOnce, findReplay, writeOnce, type IdempotencyKey } from '../../shared/idempotency.ts'
import { toInstant } from '../../shared/instant.ts'
import { conflict } from '../../shared/problem.ts'
import type { NewUser, Role, User } from '../../shared/schemas/user.ts'
import { createBatch, type StoredResponse } from '@campus/store/batch.ts'
import { insertInto } from '@campus/store/insert.ts'
import { violation } from '@campus/store/error.ts'
import { toDisplayName, toNameColumns } from './directory/display-name.ts'
import { requireGoodPassword } from './password-rule.ts'
import type { Passwords } from './password.ts'
import type { UserRow, UsersTables } from './tables.ts'

/** How an account is created, beyond what its owner sends. */
export interface AccountOrigin {
  role?: Role
  idempotencyKey?: IdempotencyKey | undefined
  /** Whether the owner has proved the address. */
  isVerified?: boolean
  /** Statements of the same commit, which succeeds only if the last one changes a row. */
  also?: (id: string) => SQL[]
  /** @throws why it was not created, other than a taken name or address */
  explain?: () => Promise<unknown>
}

/** Creates accounts, for every way to get one. */
export function createNewAccounts(
  { store, clock, id: newId }: Context,
  { users }: UsersTables,
  passwords: Passwords,
) {
  const insert = insertInto(users, {
    leave: ['version', 'generation', 'disabled'],
    order: 'username_key, email',
  })
  const batch = createBatch(store, insert)

  /** @throws 409 if the name or the address is taken, 422 for a password that is easily guessed */
  async function create(
    body: NewUser,
    { role = 'member', idempotencyKey, isVerified = false, also, explain }: AccountOrigin = {},
  ): Promise<Created<User>> {
    const replay = await findReplay<User>(store, idempotencyKey)
    if (replay) return replay
    requireGoodPassword(body.password, body)
    const names = toNameColumns(body.display_name, body.email)
    await requireFree(body)
    const email = body.email.toLowerCase()
    const row = {
      id: newId(),
      username: body.username,
      username_key: body.username.toLowerCase(),
      ...names,
      email,
      verified_email: isVerified ? email : null,
      password_hash: await passwords.hashNew(body.password),
      role,
      created: clock(),
    }
    return createOnce(store, {
      idempotencyKey,
      value: toUser({ ...row, disabled: null }),
      write: (response) =>
        also ? insertWith(row, also(row.id), response) : batch.add(row, response),
      explain: async () => {
        await explain?.()
        await requireFree(body)
        return undefined // the name or the address has become free since
      },
    })
  }

  async function insertWith(
    row: typeof users.$inferInsert,
    statements: SQL[],
    response: StoredResponse | undefined,
  ): Promise<boolean> {
    const insertion = store.db.insert(users).values(row).getSQL()
    const all = { response, now_ms: clock() }
    return writeOnce(store, [insertion, ...statements], all).catch((error: unknown) => {
      if (violation(error) === 'unique') return false
      throw error
    })
  }

  // Says which of the two it is. The database decides; this only explains, and saves a hash.
  async function requireFree({ username, email }: Pick<NewUser, 'username' | 'email'>) {
    const [name, address] = [username.toLowerCase(), email.toLowerCase()]
    const rows = await store.db
      .select()
      .from(users)
      .where(or(eq(users.username_key, name), eq(users.email, address)))
    const isName = rows.some((row) => row.username_key === name)
    if (isName) throw conflict('username_taken', `The username ${username} is taken.`)
    if (rows.length > 0) throw conflict('email_taken', `The email address ${email} is taken.`)
  }

  return { create, requireFree }
}

type Shown = Pick<
  UserRow,
  'id' | 'username' | 'display_name' | 'email' | 'verified_email' | 'role' | 'disabled' | 'created'
>

/** An account as its owner and administrators see it. */
export function toUser(row: Shown): User {
  const { id, username, email, verified_email } = row
  return {
    id,
    username,
    display_name: toDisplayName(row),
    email,
    email_verified: email === verified_email,
    role: row.role as Role,
    disabled: row.disabled !== null,
    created: toInstant(row.created) ?? '',
  }
}
