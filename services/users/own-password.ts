import type { Origin, SecurityLog } from '../../shared/host/security-log.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { LoginLimit } from './login-limit.ts'
import type { Passwords } from './password.ts'
import type { UserRow } from './tables.ts'

export interface OwnPasswordOptions {
  passwords: Passwords
  limit: LoginLimit
  security: SecurityLog
}

/** Asks users for their own password before what a stolen token must not do. */
export function createOwnPassword({ passwords, limit, security }: OwnPasswordOptions) {
  /** @throws 403 when it is another, 429 after too many that were */
  return async (
    { id, password_hash }: UserRow,
    given: string | undefined,
    origin: Origin,
  ): Promise<void> => {
    const succeed = await limit.consumeOwn(id)
    if (!(await passwords.verify(given ?? '', password_hash))) {
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
    detail: 'Send your current password as current_password.',
  })
}
