import type { Origin, SecurityLog } from '../../shared/host/security-log.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { FreshSignIns } from './fresh-sign-in.ts'
import type { LoginLimit } from './login-limit.ts'
import type { Passwords } from './password.ts'
import type { UserRow } from './tables.ts'

export interface OwnPasswordOptions {
  passwords: Passwords
  limit: LoginLimit
  security: SecurityLog
  freshSignIns: FreshSignIns
}

/**
 * Asks users for their own password before actions that a stolen token must not allow. The proof of
 * a fresh sign-in by their provider counts as well.
 */
export function createOwnPassword(options: OwnPasswordOptions) {
  const { passwords, limit, security, freshSignIns } = options
  /** @throws 403 if it is wrong, 429 after too many failures */
  return async (
    { id, password_hash }: UserRow,
    given: string | undefined,
    origin: Origin,
  ): Promise<void> => {
    const succeed = await limit.consumeOwn(id)
    const isFresh = freshSignIns.isGood(given ?? '', id)
    if (!isFresh && !(await passwords.verify(given ?? '', password_hash))) {
      security('password_wrong', { actor: id, user: id, origin })
      throw wrongPassword()
    }
    await succeed()
  }
}

export type OwnPassword = ReturnType<typeof createOwnPassword>

function wrongPassword(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'current_password_wrong',
    detail:
      'Send your current password as current_password, or the proof of having signed in again by ' +
      'your provider.',
  })
}
