import type { Context } from '../../shared/context.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'
import { minute_ms } from '../../shared/duration.ts'

// Long enough to fill in a form and to unlock a passkey.
const life_ms = 5 * minute_ms

/**
 * The proof of a fresh sign-in by a provider, accepted instead of a password: an account made by a
 * provider has none that its owner knows.
 */
export function createFreshSignIns({ secret, clock }: Pick<Context, 'secret' | 'clock'>) {
  const sealed = createSealedTokens(secret, 'fresh sign-ins')

  return {
    write: (userId: string): { proof: string; expires_ms: number } => {
      const expires_ms = clock() + life_ms
      return { proof: sealed.write([userId, String(expires_ms)]), expires_ms }
    },
    /** Whether it is valid, for this user, and not expired. */
    isGood: (proof: string, userId: string): boolean => {
      const [id, expires_ms] = sealed.read(proof) ?? []
      return id === userId && Number(expires_ms) > clock()
    },
  }
}

export type FreshSignIns = ReturnType<typeof createFreshSignIns>
