import { and, count, eq, exists, isNotNull, ne, not, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import { hashRecoveryCode } from './recovery-code.ts'

/** A user's second factors, whether one is required, and their recovery codes. */
export function createFactors(
  { store, config }: Pick<Context, 'store' | 'config'>,
  { users, secondFactors: apps, recoveryCodes, passkeys }: UsersTables,
) {
  const { db } = store
  const isOf = (userId: string) => eq(recoveryCodes.user_id, userId)

  /** SQL condition: the user has an app. */
  const hasApp = (userId: string): SQL => {
    const isOn = and(eq(apps.user_id, userId), isNotNull(apps.confirmed))
    return exists(db.select({ id: apps.user_id }).from(apps).where(isOn))
  }
  /** @param except ignores this passkey */
  const hasPasskey = (userId: string, except?: string): SQL => {
    const isOther = except === undefined ? undefined : ne(passkeys.id, except)
    const isTheirs = and(eq(passkeys.user_id, userId), isOther)
    return exists(db.select({ id: passkeys.id }).from(passkeys).where(isTheirs))
  }

  return {
    isRequired: ({ role }: Pick<UserRow, 'role'>): boolean =>
      config.SECOND_FACTOR === 'everybody' ||
      (config.SECOND_FACTOR === 'administrators' && role === 'admin'),
    hasApp,
    hasPasskey,
    /** As a statement: serializes changes to one user's factors. */
    lock: (userId: string): SQL =>
      sql`SELECT id FROM ${users} WHERE ${eq(users.id, userId)} ${store.rowLock}`,
    countCodes: async (userId: string): Promise<number> => {
      const [codes] = await db.select({ n: count() }).from(recoveryCodes).where(isOf(userId))
      return Number(codes?.n ?? 0)
    },
    /** As statements: replaces all codes by these. */
    replaceCodes: (userId: string, codes: readonly string[]): SQL[] => {
      const rows = codes.map((code) => ({ code_hash: hashRecoveryCode(code), user_id: userId }))
      return [
        db.delete(recoveryCodes).where(isOf(userId)).getSQL(),
        db.insert(recoveryCodes).values(rows).getSQL(),
      ]
    },
    /** As a statement: removes all codes, unless another factor stays. */
    dropCodes: (userId: string, stays?: SQL): SQL =>
      db
        .delete(recoveryCodes)
        .where(and(isOf(userId), stays && not(stays)))
        .getSQL(),
    /** Whether it is a recovery code; then it is used up. */
    useCode: async (userId: string, code: string): Promise<boolean> => {
      const isIt = eq(recoveryCodes.code_hash, hashRecoveryCode(code))
      const used = await db
        .delete(recoveryCodes)
        .where(and(isIt, isOf(userId)))
        .returning()
      return used.length > 0
    },
  }
}

export type Factors = ReturnType<typeof createFactors>
