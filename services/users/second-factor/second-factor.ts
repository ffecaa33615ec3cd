import type { ProblemCode } from '../../../shared/problem-code.ts'
import { and, eq, isNotNull, type SQL } from 'drizzle-orm'
import { forbidden, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { conflict, notFound, ProblemError } from '../../../shared/problem.ts'
import type { PasskeyProof, PasskeyRequest } from '../../../shared/schemas/passkey.ts'
import type {
  RecoveryCodes,
  SecondFactorSecret,
  SecondFactorState,
} from '../../../shared/schemas/second-factor.ts'
import { createFindUser } from '../find-user.ts'
import type { Allowance, Attempts } from '../attempts.ts'
import type { OwnPassword } from '../own-password.ts'
import type { Passkeys } from '../passkeys/passkeys.ts'
import type { Standing } from '../standing.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import { createAuthenticatorApps } from './authenticator-app.ts'
import type { Factors } from './factors.ts'
import { createRecoveryCodes, isRecoveryCode } from './recovery-code.ts'
import { minute_ms } from '../../../shared/duration.ts'

// A guesser already knows the password. One of 10⁶ codes, of which three are valid at a time.
const guesses: Allowance = {
  count: 5,
  window_ms: 5 * minute_ms,
  costMax_ms: 15 * minute_ms,
  code: 'too_many_attempts',
  what: 'wrong codes',
}

export interface SecondFactorOptions {
  requireOwnPassword: OwnPassword
  attempts: Attempts
  factors: Factors
  passkeys: Passkeys
  security: SecurityLog
  standing: Standing
}

/** What the user sends besides the password. */
export interface Shown {
  code?: string | undefined
  passkey?: PasskeyProof | undefined
}

export interface OwnRequest {
  caller: Caller
  origin: Origin
}

interface Whose {
  user: string
  origin: Origin
}

type App = UsersTables['secondFactors']['$inferSelect']

/** Second factors: codes of an app, recovery codes, passkeys. */
export function createSecondFactor(
  context: Pick<Context, 'store' | 'clock' | 'secret'>,
  tables: UsersTables,
  { requireOwnPassword, attempts, factors, passkeys, security, standing }: SecondFactorOptions,
) {
  const { store } = context
  const { secondFactors: apps, passkeys: passkeyTable } = tables
  const { find, offer, ...app } = createAuthenticatorApps(context, tables, factors)

  const findUser = createFindUser(context, tables)

  async function confirm(row: App, code: string, origin: Origin): Promise<string[] | undefined> {
    const codes = await app.confirm(row, code)
    const { user_id: user } = row
    if (codes) security('second_factor_on', { actor: user, user, origin })
    return codes
  }

  /** @param on undefined: there is no app, so only a recovery code is valid */
  async function useCode(code: string, on: App | undefined, { user, origin }: Whose) {
    if (!isRecoveryCode(code)) return on !== undefined && app.use(on, code)
    if (!(await factors.useCode(user, code))) return false
    security('recovery_code_used', { actor: user, user, origin })
    return true
  }

  /** Runs a check of a code. @throws 403 if it is wrong, 429 after too many failures */
  async function judge<T>(
    userId: string,
    origin: Origin,
    run: () => Promise<T | undefined | false>,
  ) {
    await attempts.consume(`code:${userId}`, guesses)
    const result = await run()
    if (result === undefined || result === false) {
      security('second_factor_wrong', { actor: 'anonymous', user: userId, origin })
      throw codeWrong()
    }
    await attempts.clear(`code:${userId}`)
    return result
  }

  /**
   * Requires the second factor of a user whose password was correct.
   * @returns recovery codes if this login turned it on
   * @throws 401 if nothing is sent, with the options for a passkey or an app, and for a refused
   * passkey; 403 for a wrong code
   */
  async function requireShown(user: UserRow, shown: Shown, origin: Origin): Promise<string[]> {
    const { id } = user
    const { code, passkey } = shown
    const [row, known] = [await find(id), await passkeys.listRows(id)]
    const on = row && row.confirmed !== null ? row : undefined
    if (on || known.length > 0) {
      if (passkey) await judge(id, origin, () => passkeys.take(passkey, origin, id))
      else if (code !== undefined)
        await judge(id, origin, () => useCode(code, on, { user: id, origin }))
      else throw factorRequired(passkeys.askOwner(id, known))
      return []
    }
    if (!factors.isRequired(user)) return []
    if (!row || code === undefined) throw setUpRequired(await offer(user))
    return judge(id, origin, () => confirm(row, code, origin))
  }

  /** Removes the app. @param guard a further condition of the commit */
  function turnOff(userId: string, guard?: SQL): Promise<boolean> {
    const isTheirs = eq(apps.user_id, userId)
    return store.atomically([
      factors.lock(userId),
      factors.dropCodes(userId, factors.hasPasskey(userId)),
      store.db.delete(apps).where(and(isTheirs, guard)).getSQL(),
    ])
  }

  /** Removes all factors. */
  function resetAll(userId: string, caller: Caller, hasApp: boolean): Promise<boolean> {
    const may = standing.holds(caller)
    const both = [
      store.db
        .delete(passkeyTable)
        .where(and(eq(passkeyTable.user_id, userId), may))
        .getSQL(),
      store.db
        .delete(apps)
        .where(and(eq(apps.user_id, userId), may))
        .getSQL(),
    ]
    // The last statement decides whether there were any.
    const ordered = hasApp ? both : both.toReversed()
    const lock = standing.lock(caller, userId)
    return store.atomically([lock, factors.dropCodes(userId), ...ordered])
  }

  /** Replaces a user's recovery codes, if they have a factor. */
  async function replaceCodes(userId: string, codes: readonly string[]): Promise<boolean> {
    const isOn = and(eq(apps.user_id, userId), isNotNull(apps.confirmed))
    const isTheirs = eq(passkeyTable.user_id, userId)
    const touches = [
      store.db.update(apps).set({ user_id: userId }).where(isOn).getSQL(),
      store.db.update(passkeyTable).set({ user_id: userId }).where(isTheirs).getSQL(),
    ]
    for (const touch of touches) {
      const statements = [factors.lock(userId), ...factors.replaceCodes(userId, codes), touch]
      if (await store.atomically(statements)) return true
    }
    return false
  }

  return {
    /** @param succeed takes back the attempt counted for the password, which was correct */
    requireAtLogin: (
      user: UserRow,
      shown: Shown,
      { origin, succeed }: { origin: Origin; succeed: () => Promise<void> },
    ): Promise<string[]> =>
      requireShown(user, shown, origin).catch(async (error: unknown) => {
        await succeed()
        throw error
      }),
    stateOf: async ({ id }: Caller): Promise<SecondFactorState> => {
      const [user, row] = [await findUser(id), await find(id)]
      return {
        on: row !== undefined && row.confirmed !== null,
        passkeys: (await passkeys.listRows(id)).length,
        required: factors.isRequired(user),
        recovery_codes_left: await factors.countCodes(id),
      }
    },
    /** @throws 403 for a wrong password, 409 if it is on */
    begin: async (current_password: string, { caller, origin }: OwnRequest) => {
      const user = await findUser(caller.id)
      await requireOwnPassword(user, current_password, origin)
      return offer(user)
    },
    /** @throws 403 for a wrong code, 404 if nothing was begun */
    confirm: async (code: string, { caller, origin }: OwnRequest): Promise<RecoveryCodes> => {
      const row = await find(caller.id)
      if (!row || row.confirmed !== null) throw notFound('second_factor_offer', caller.id)
      return { recovery_codes: await judge(caller.id, origin, () => confirm(row, code, origin)) }
    },
    /** Replaces the recovery codes. @throws 404 without any factor */
    renewCodes: async (
      current_password: string,
      { caller, origin }: OwnRequest,
    ): Promise<RecoveryCodes> => {
      await requireOwnPassword(await findUser(caller.id), current_password, origin)
      const recovery_codes = createRecoveryCodes()
      if (!(await replaceCodes(caller.id, recovery_codes))) {
        throw notFound('second_factor', caller.id)
      }
      security('recovery_codes_made', { actor: caller.id, user: caller.id, origin })
      return { recovery_codes }
    },
    /** Turns the app off. @throws 403 for a wrong password, 409 if it is required */
    turnOff: async (current_password: string, { caller, origin }: OwnRequest): Promise<void> => {
      const user = await findUser(caller.id)
      await requireOwnPassword(user, current_password, origin)
      const guard = factors.isRequired(user) ? factors.hasPasskey(user.id) : undefined
      if (!(await turnOff(user.id, guard))) {
        if (!(await find(user.id))) throw notFound('second_factor', user.id)
        throw conflict(
          'second_factor_required',
          'A second factor is required here. Add a passkey first.',
        )
      }
      security('second_factor_off', { actor: user.id, user: user.id, origin })
    },
    /** Removes all factors of a user who lost them, by an administrator. @throws 403 for oneself */
    reset: async (userId: string, { caller, origin }: OwnRequest): Promise<void> => {
      if (caller.id === userId) throw forbidden('Turn your own off with your password.')
      const hasApp = (await find(userId)) !== undefined
      if (!(await resetAll(userId, caller, hasApp))) {
        await standing.require(caller)
        throw notFound('second_factor', userId)
      }
      security('second_factor_off', { actor: caller.id, user: userId, origin })
    },
    renewSeals: app.renewSeals,
  }
}

export type SecondFactor = ReturnType<typeof createSecondFactor>

function factorRequired(passkey: PasskeyRequest | undefined): ProblemError {
  const how = passkey ? '`passkey`, or with `code`' : '`code` of your app'
  const members = passkey && { passkey }
  return refused('second_factor_code_required', `Repeat the request with ${how}.`, members)
}

function codeWrong(): ProblemError {
  const detail = 'The code is wrong, expired, or was already used.'
  return new ProblemError({ status: 403, code: 'second_factor_code_wrong', detail })
}

function setUpRequired(members: SecondFactorSecret): ProblemError {
  const detail =
    'A second factor is required. Add `uri` or `secret` to an authenticator app, and send it ' +
    'again with its `code`.'
  return refused('second_factor_set_up_required', detail, { ...members })
}

function refused(code: ProblemCode, detail: string, members = {}): ProblemError {
  const headers = { 'www-authenticate': 'Bearer' }
  return new ProblemError({ status: 401, code, detail, members, headers })
}
