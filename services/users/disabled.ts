import { ProblemError } from '../../shared/problem.ts'

/**
 * Tells who has proved to be somebody that their account is disabled. The database keeps them out
 * whatever is told: no login begins for such an account.
 */
export function accountDisabled(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'account_disabled',
    detail: 'This account is disabled. Ask an administrator.',
  })
}
