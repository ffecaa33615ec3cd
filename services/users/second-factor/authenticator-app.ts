import { and, eq, isNull, lt } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { conflict } from '../../../shared/problem.ts'
import type { SecondFactorSecret } from '../../../shared/schemas/second-factor.ts'
import { createSealedTexts } from '../../../shared/sealed-text.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import type { Factors } from './factors.ts'
import { createRecoveryCodes } from './recovery-code.ts'
import { findStep, makeSecret } from './totp.ts'

type Row = UsersTables['secondFactors']['$inferSelect']

/** Authenticator apps as a second factor: one per user. */
export function createAuthenticatorApps(
  { store, clock, secret }: Pick<Context, 'store' | 'clock' | 'secret'>,
  { secondFactors: apps }: UsersTables,
  factors: Factors,
) {
  const sealed = createSealedTexts(secret, 'second factors')

  async function stepOf({ sealed_secret }: Row, code: string): Promise<number | undefined> {
    const { text } = await sealed.open(sealed_secret)
    return findStep(text, code, clock())
  }

  return {
    find: async (userId: string): Promise<Row | undefined> => {
      const [row] = await store.db.select().from(apps).where(eq(apps.user_id, userId))
      return row
    },
    /** A secret that is not in effect until confirmed by a code. @throws 409 if one is on */
    offer: async (user: UserRow): Promise<SecondFactorSecret> => {
      const made = await makeSecret(user.username)
      const row = { sealed_secret: await sealed.seal(made.secret), last_step: 0, created: clock() }
      const [kept] = await store.db
        .insert(apps)
        .values({ user_id: user.id, confirmed: null, ...row })
        .onConflictDoUpdate({ target: apps.user_id, set: row, setWhere: isNull(apps.confirmed) })
        .returning()
      if (!kept) throw conflict('second_factor_on', 'It is already on. Turn it off first.')
      return made
    },
    /** Turns the offered secret on. @returns recovery codes; undefined if the code is wrong */
    confirm: async (row: Row, code: string): Promise<string[] | undefined> => {
      const { user_id, sealed_secret } = row
      const step = await stepOf(row, code)
      if (step === undefined) return undefined
      const codes = createRecoveryCodes()
      const isOffered = and(isNull(apps.confirmed), eq(apps.sealed_secret, sealed_secret))
      const update = store.db
        .update(apps)
        .set({ confirmed: clock(), last_step: step })
        .where(and(eq(apps.user_id, user_id), isOffered))
      const made = factors.replaceCodes(user_id, codes)
      const isKept = await store.atomically([factors.lock(user_id), ...made, update.getSQL()])
      return isKept ? codes : undefined
    },
    /** Whether a code is valid; then it is used up. */
    use: async (row: Row, code: string): Promise<boolean> => {
      const step = await stepOf(row, code)
      if (step === undefined) return false
      // Somebody who saw it being typed is too late: RFC 6238 section 5.2.
      const used = await store.db
        .update(apps)
        .set({ last_step: step })
        .where(and(eq(apps.user_id, row.user_id), lt(apps.last_step, step)))
        .returning()
      return used.length > 0
    },
    /** Seals secrets again under the current secret of the system. */
    renewSeals: async (): Promise<void> => {
      for (const { user_id, sealed_secret } of await store.db.select().from(apps)) {
        const opened = await sealed.open(sealed_secret).catch(() => undefined)
        if (!opened || opened.isCurrent) continue
        const next = { sealed_secret: await sealed.seal(opened.text) }
        await store.db.update(apps).set(next).where(eq(apps.user_id, user_id))
      }
    },
  }
}
