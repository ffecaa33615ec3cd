import { and, count, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import { Secret as TotpSecret } from 'otpauth'
import { forbidden, type Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { conflict, notFound, ProblemError } from '../../../shared/problem.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type {
  RecoveryCodes,
  SecondFactorSecret,
  SecondFactorState,
} from '../../../shared/schemas/second-factor.ts'
import type { Allowance, Attempts } from '../attempts.ts'
import type { OwnPassword } from '../own-password.ts'
import { createSealedTexts } from '../sealed-text.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import { createRecoveryCodes, hashRecoveryCode, isRecoveryCode } from './recovery-code.ts'
import { findStep, toUri } from './totp.ts'

// RFC 4226 section 4 asks for 128 bits, and recommends 160.
const secretBytes = 20
// Whoever guesses knows the password already. One of 10⁶ codes, three of which are good at a time.
const guesses: Allowance = {
  count: 5,
  window_ms: 5 * 60_000,
  costMax_ms: 15 * 60_000,
  code: 'too_many_attempts',
  what: 'wrong codes',
}

export interface SecondFactorOptions {
  requireOwnPassword: OwnPassword
  attempts: Attempts
  security: SecurityLog
}

export interface OwnRequest {
  caller: Caller
  origin: Origin
}

type Row = UsersTables['secondFactors']['$inferSelect']

/** A second factor beside the password: codes of an authenticator app, and recovery codes. */
export function createSecondFactor(
  { store, clock, config, secret }: Pick<Context, 'store' | 'clock' | 'config' | 'secret'>,
  { users, secondFactors: factors, recoveryCodes }: UsersTables,
  { requireOwnPassword, attempts, security }: SecondFactorOptions,
) {
  const sealed = createSealedTexts(secret, 'second factors')
  const isRequired = ({ role }: Pick<UserRow, 'role'>) =>
    config.secondFactor === 'everybody' ||
    (config.secondFactor === 'administrators' && role === 'admin')

  async function find(userId: string): Promise<Row | undefined> {
    const [row] = await store.db.select().from(factors).where(eq(factors.user_id, userId))
    return row
  }

  async function findUser(id: string): Promise<UserRow> {
    const [user] = isId(id) ? await store.db.select().from(users).where(eq(users.id, id)) : []
    if (!user) throw notFound('user', id)
    return user
  }

  /** A secret that asks for nothing until a code of it came back. */
  async function offer(user: UserRow): Promise<SecondFactorSecret> {
    const made = new TotpSecret({ size: secretBytes })
    const row = { sealed_secret: await sealed.seal(made.base32), last_step: 0, created: clock() }
    const [kept] = await store.db
      .insert(factors)
      .values({ user_id: user.id, confirmed: null, ...row })
      .onConflictDoUpdate({
        target: factors.user_id,
        set: row,
        setWhere: isNull(factors.confirmed),
      })
      .returning()
    if (!kept) throw conflict('second_factor_on', 'It is on already. Turn it off first.')
    return { secret: made.base32, uri: toUri(made, user.username) }
  }

  /** Turns on what was offered. @returns recovery codes; undefined when the code is wrong */
  async function confirm(row: Row, code: string, origin: Origin): Promise<string[] | undefined> {
    const { user_id, sealed_secret } = row
    const step = await stepOf(row, code)
    if (step === undefined) return undefined
    const codes = createRecoveryCodes()
    const update = store.db
      .update(factors)
      .set({ confirmed: clock(), last_step: step })
      .where(
        and(
          eq(factors.user_id, user_id),
          isNull(factors.confirmed),
          eq(factors.sealed_secret, sealed_secret),
        ),
      )
    if (!(await store.atomically([...replaceCodes(user_id, codes), update.getSQL()])))
      return undefined
    security('second_factor_on', { actor: user_id, user: user_id, origin })
    return codes
  }

  function replaceCodes(userId: string, codes: readonly string[]) {
    const rows = codes.map((code) => ({ code_hash: hashRecoveryCode(code), user_id: userId }))
    return [
      store.db.delete(recoveryCodes).where(eq(recoveryCodes.user_id, userId)).getSQL(),
      store.db.insert(recoveryCodes).values(rows).getSQL(),
    ]
  }

  async function stepOf({ sealed_secret }: Row, code: string): Promise<number | undefined> {
    const { text } = await sealed.open(sealed_secret)
    return findStep(text, code, clock())
  }

  /** Whether a code is good; then it is used up. */
  async function useCode(row: Row, code: string, origin: Origin): Promise<boolean> {
    const { user_id } = row
    if (isRecoveryCode(code)) {
      const isIt = eq(recoveryCodes.code_hash, hashRecoveryCode(code))
      const used = await store.db
        .delete(recoveryCodes)
        .where(and(isIt, eq(recoveryCodes.user_id, user_id)))
        .returning()
      if (used.length === 0) return false
      security('recovery_code_used', { actor: user_id, user: user_id, origin })
      return true
    }
    const step = await stepOf(row, code)
    if (step === undefined) return false
    // Who saw it being typed is too late: RFC 6238 section 5.2.
    const used = await store.db
      .update(factors)
      .set({ last_step: step })
      .where(and(eq(factors.user_id, user_id), lt(factors.last_step, step)))
      .returning()
    return used.length > 0
  }

  /** Runs what judges a code. @throws 403 when it is wrong, 429 after too many that were */
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
   * Asks for the second factor of whoever sent the right password.
   * @returns recovery codes when this login turned it on
   * @throws 401 without a code, with what an app must be given where there is none yet but must be;
   *   403 for a wrong one
   */
  async function requireCode(
    user: UserRow,
    code: string | undefined,
    origin: Origin,
  ): Promise<string[]> {
    const row = await find(user.id)
    if (row && row.confirmed !== null) {
      if (code === undefined) throw codeRequired()
      await judge(user.id, origin, () => useCode(row, code, origin))
      return []
    }
    if (!isRequired(user)) return []
    if (!row || code === undefined) throw setUpRequired(await offer(user))
    return judge(user.id, origin, () => confirm(row, code, origin))
  }

  async function turnOff(userId: string, { caller, origin }: OwnRequest): Promise<void> {
    const isTheirs = eq(factors.user_id, userId)
    const gone = await store.atomically([
      store.db.delete(recoveryCodes).where(eq(recoveryCodes.user_id, userId)).getSQL(),
      store.db.delete(factors).where(isTheirs).getSQL(),
    ])
    if (!gone) throw notFound('second_factor', userId)
    security('second_factor_off', { actor: caller.id, user: userId, origin })
  }

  return {
    /** @param succeed takes back what the password was counted, as it was right */
    requireAtLogin: (
      user: UserRow,
      code: string | undefined,
      { origin, succeed }: { origin: Origin; succeed: () => Promise<void> },
    ): Promise<string[]> =>
      requireCode(user, code, origin).catch(async (error: unknown) => {
        await succeed()
        throw error
      }),
    stateOf: async ({ id }: Caller): Promise<SecondFactorState> => {
      const [user, row] = [await findUser(id), await find(id)]
      const left = store.db.select({ n: count() }).from(recoveryCodes)
      const [codes] = await left.where(eq(recoveryCodes.user_id, id))
      return {
        on: row !== undefined && row.confirmed !== null,
        required: isRequired(user),
        recovery_codes_left: Number(codes?.n ?? 0),
      }
    },
    /** @throws 403 for another password, 409 when it is on */
    begin: async (current_password: string, { caller, origin }: OwnRequest) => {
      const user = await findUser(caller.id)
      await requireOwnPassword(user, current_password, origin)
      return offer(user)
    },
    /** @throws 403 for a wrong code, 404 when nothing was begun */
    confirm: async (code: string, { caller, origin }: OwnRequest): Promise<RecoveryCodes> => {
      const row = await find(caller.id)
      if (!row || row.confirmed !== null) throw notFound('second_factor_offer', caller.id)
      return { recovery_codes: await judge(caller.id, origin, () => confirm(row, code, origin)) }
    },
    /** New recovery codes instead of those there are. @throws 404 while it is off */
    renewCodes: async (
      current_password: string,
      { caller, origin }: OwnRequest,
    ): Promise<RecoveryCodes> => {
      await requireOwnPassword(await findUser(caller.id), current_password, origin)
      const recovery_codes = createRecoveryCodes()
      const isOn = and(eq(factors.user_id, caller.id), isNotNull(factors.confirmed))
      const touch = sql`UPDATE ${factors} SET created = created WHERE ${isOn}`
      const kept = await store.atomically([...replaceCodes(caller.id, recovery_codes), touch])
      if (!kept) throw notFound('second_factor', caller.id)
      security('recovery_codes_made', { actor: caller.id, user: caller.id, origin })
      return { recovery_codes }
    },
    /** @throws 403 for another password, 409 where it must be on */
    turnOff: async (current_password: string, request: OwnRequest): Promise<void> => {
      const user = await findUser(request.caller.id)
      await requireOwnPassword(user, current_password, request.origin)
      if (isRequired(user)) throw conflict('second_factor_required', 'It must be on here.')
      await turnOff(user.id, request)
    },
    /** For somebody who lost theirs, by an administrator. @throws 403 for one's own */
    reset: async (userId: string, request: OwnRequest): Promise<void> => {
      if (request.caller.id === userId) throw forbidden('Yours is turned off with your password.')
      await turnOff(userId, request)
    },
    /** Seals what the secret before sealed under the one of now. */
    renewSeals: async (): Promise<void> => {
      for (const { user_id, sealed_secret } of await store.db.select().from(factors)) {
        const opened = await sealed.open(sealed_secret).catch(() => undefined)
        if (!opened || opened.isCurrent) continue
        const next = { sealed_secret: await sealed.seal(opened.text) }
        await store.db.update(factors).set(next).where(eq(factors.user_id, user_id))
      }
    },
  }
}

export type SecondFactor = ReturnType<typeof createSecondFactor>

function codeRequired(): ProblemError {
  return refused('second_factor_code_required', 'Send it again with `code` of your app.')
}

function codeWrong(): ProblemError {
  const detail = 'The code is wrong, too old, or was used already.'
  return new ProblemError({ status: 403, code: 'second_factor_code_wrong', detail })
}

function setUpRequired(members: SecondFactorSecret): ProblemError {
  const detail =
    'A second factor is required. Add `uri` or `secret` to an authenticator app, and send it ' +
    'again with its `code`.'
  return refused('second_factor_set_up_required', detail, { ...members })
}

function refused(code: string, detail: string, members = {}): ProblemError {
  const headers = { 'www-authenticate': 'Bearer' }
  return new ProblemError({ status: 401, code, detail, members, headers })
}
