import { and, asc, eq, exists, gte, not, or, sql, type SQL } from 'drizzle-orm'
import { isAdministrator, requireOwner, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import {
  passkeysPerUserMax,
  type AddedPasskey,
  type NewPasskey,
  type Passkey,
  type PasskeyCreation,
} from '../../../shared/schemas/passkey.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import { violation } from '@campus/store/error.ts'
import { retryOnConflict } from '../../../shared/retry-on-conflict.ts'
import type { Language } from '../../../shared/language.ts'
import { createFindUser } from '../find-user.ts'
import type { OwnPassword } from '../own-password.ts'
import type { Factors } from '../second-factor/factors.ts'
import { createRecoveryCodes } from '../second-factor/recovery-code.ts'
import type { Standing } from '../standing.ts'
import type { UsersTables } from '../tables.ts'
import { challengeExpired, createChallenges } from './challenge.ts'
import type { PasskeyNotice } from './notice.ts'
import { createProofs } from './proofs.ts'
import { toCreationOptions, verifyRegistration, type Made } from './registration.ts'
import { toRelyingParty, type RelyingParty } from './relying-party.ts'

export interface PasskeysOptions {
  factors: Factors
  requireOwnPassword: OwnPassword
  notice: PasskeyNotice
  security: SecurityLog
  standing: Standing
}

export interface PasskeyOwner {
  caller: Caller
  origin: Origin
  /** For the mail that notifies its owner. */
  language: Language
}

type Row = UsersTables['passkeys']['$inferSelect']

/** Passkeys: added with the password; listed, renamed, removed by their owners. */
export function createPasskeys(
  context: Pick<Context, 'store' | 'clock' | 'config' | 'id' | 'secret'>,
  tables: UsersTables,
  { factors, requireOwnPassword, notice, security, standing }: PasskeysOptions,
) {
  const { store, clock, config, id: newId } = context
  const { users, passkeys } = tables
  const party = toRelyingParty(config.PUBLIC_URL)
  const challenges = createChallenges(context)
  const given = { challenges, isAvailable: party !== undefined, requireParty }
  const proofs = createProofs(context, tables, { ...given, security })

  function requireParty(): RelyingParty {
    if (party) return party
    const detail = 'Passkeys need an https address with a host name: set PUBLIC_URL to it.'
    throw conflict('passkeys_not_available', detail)
  }

  const findUser = createFindUser(context, tables)

  const listRows = (userId: string): Promise<Row[]> =>
    store.db
      .select()
      .from(passkeys)
      .where(eq(passkeys.user_id, userId))
      .orderBy(asc(passkeys.created), asc(passkeys.id))
      .limit(passkeysPerUserMax)

  async function begin(current_password: string, request: PasskeyOwner): Promise<PasskeyCreation> {
    const { caller, origin } = request
    const [owner, user] = [requireParty(), await findUser(caller.id)]
    await requireOwnPassword(user, current_password, origin)
    const known = await listRows(user.id)
    if (known.length >= passkeysPerUserMax) throw tooMany()
    const { challenge, token } = challenges.issue('add', user.id, caller.login)
    return { token, options: toCreationOptions(owner, user, { challenge, known }) }
  }

  /** @throws 403 for an expired token; 409 above the limit or for a known passkey; 422 */
  async function add({ token, name, response }: NewPasskey, request: PasskeyOwner) {
    const { caller, origin, language } = request
    const { challenge, issued } = challenges.read(token, 'add', caller.id, caller.login)
    const made = await verifyRegistration(response, requireParty(), challenge)
    const notices = notice(await findUser(caller.id), 'passkey_added', language)
    const added = await retryOnConflict(() => tryAdd({ ...made, name, issued }, caller.id, notices))
    const { id } = added.passkey
    security('passkey_added', { actor: caller.id, user: caller.id, passkey: id, origin })
    return added
  }

  async function tryAdd(
    { issued, ...made }: Made & { name: string; issued: number },
    user: string,
    notices: SQL[],
  ) {
    const id = newId()
    const values = { id, ...made, challenged: issued, created: clock() }
    const codes = (await hasFactor(user)) ? [] : createRecoveryCodes()
    const isFirst = not(or(factors.hasApp(user), factors.hasPasskey(user)) as SQL)
    const kept = await store
      .atomically([
        factors.lock(user),
        ...(codes.length > 0 ? factors.replaceCodes(user, codes) : []),
        ...notices,
        // Recovery codes are shown with the first one: of two at once, only one shows them.
        insert(values, user, [not(isUsed(user, issued)), codes.length > 0 ? isFirst : undefined]),
      ])
      .catch(explain)
    if (kept) return { passkey: toPasskey({ ...values, last_used: null }), recovery_codes: codes }
    const [used] = await store.db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, user), isUsed(user, issued)))
    if (used) throw challengeExpired()
    await findUser(user)
    return undefined
  }

  // The password was given for one passkey: challenges from before another was added are void.
  const isUsed = (user: string, issued: number): SQL => {
    const isLater = and(eq(passkeys.user_id, user), gte(passkeys.created, issued))
    return exists(store.db.select({ id: passkeys.id }).from(passkeys).where(isLater))
  }

  const insert = (
    row: Omit<Row, 'user_id' | 'last_used'>,
    user: string,
    conditions: (SQL | undefined)[],
  ): SQL => {
    const values = Object.entries(row).map(([name, value]) =>
      sql.param(value, passkeys[name as keyof typeof row]),
    )
    return sql`INSERT INTO ${passkeys} (user_id, ${sql.raw(Object.keys(row).join(', '))})
      SELECT ${users.id}, ${sql.join(values, sql`, `)} FROM ${users}
      WHERE ${and(eq(users.id, user), ...conditions)}`
  }

  async function hasFactor(user: string): Promise<boolean> {
    const isIt = and(eq(users.id, user), or(factors.hasApp(user), factors.hasPasskey(user)))
    return (await store.db.select({ id: users.id }).from(users).where(isIt)).length > 0
  }

  async function find(id: string): Promise<Row> {
    const [row] = await store.db.select().from(passkeys).where(eq(passkeys.id, id))
    if (!row) throw notFound('passkey', id)
    return row
  }

  /** @throws 403 for a wrong password; 404; 409 for the only factor if one is required */
  async function remove(id: string, password: string | undefined, request: PasskeyOwner) {
    const { caller, origin, language } = request
    const { user_id } = await find(id)
    const isOwn = caller.id === user_id
    if (!isOwn && !isAdministrator(caller)) throw notFound('passkey', id)
    const user = await findUser(user_id)
    if (isOwn) await requireOwnPassword(user, password, origin)
    const stays = or(factors.hasApp(user_id), factors.hasPasskey(user_id, id))
    const isKept = isOwn && factors.isRequired(user)
    const may = isOwn ? undefined : standing.holds(caller)
    const removal = store.db
      .delete(passkeys)
      .where(and(eq(passkeys.id, id), isKept ? stays : undefined, may))
    const statements = [
      standing.lock(caller, user_id),
      factors.dropCodes(user_id, stays),
      ...notice(user, 'passkey_removed', language),
      removal.getSQL(),
    ]
    if (!(await store.atomically(statements))) {
      if (!isOwn) await standing.require(caller)
      await find(id)
      throw lastFactor()
    }
    security('passkey_removed', { actor: caller.id, user: user_id, passkey: id, origin })
  }

  return {
    /** The origin whose pages may use them; undefined if none can. */
    origin: party?.origin,
    listRows,
    ...proofs,
    begin,
    add: add as (body: NewPasskey, request: PasskeyOwner) => Promise<AddedPasskey>,
    remove,
    /** @param userId the owner; administrators may name another user */
    list: async (caller: Caller, userId = caller.id): Promise<Passkey[]> => {
      requireOwner(caller, userId)
      return isId(userId) ? (await listRows(userId)).map(toPasskey) : []
    },
    /** @throws 404 if it is not the caller's */
    rename: async (id: string, name: string, caller: Caller): Promise<Passkey> => {
      const isTheirs = eq(passkeys.user_id, isId(caller.id) ? caller.id : id)
      const [row] = await store.db
        .update(passkeys)
        .set({ name })
        .where(and(eq(passkeys.id, id), isTheirs))
        .returning()
      if (!row) throw notFound('passkey', id)
      return toPasskey(row)
    },
  }
}

export type Passkeys = ReturnType<typeof createPasskeys>

function toPasskey({ id, name, created, last_used }: Omit<Row, 'user_id'>): Passkey {
  return {
    id,
    name,
    created: toInstant(created) ?? '',
    last_used: last_used === null ? null : toInstant(last_used),
  }
}

function tooMany() {
  const detail = `You have ${passkeysPerUserMax} passkeys. Remove one first.`
  return conflict('too_many_passkeys', detail)
}

function lastFactor() {
  const detail =
    'A second factor is required, and this is your only one. Add another passkey or turn on an ' +
    'authenticator app first.'
  return conflict('second_factor_required', detail)
}

function explain(error: unknown): never {
  const rule = violation(error)
  if (rule === 'exclusion') throw tooMany()
  if (rule === 'unique') throw conflict('passkey_known', 'This passkey was added already.')
  throw error
}
