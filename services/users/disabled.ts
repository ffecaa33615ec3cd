import { ProblemError } from '../../shared/problem.ts'

/**
 * Tells a user who has proved their identity that the account is disabled. The database enforces it
 * independently: no login begins for such an account.
 */
export function accountDisabled(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'account_disabled',
    detail: 'This account is disabled. Ask an administrator.',
  })
}
