import { ProblemError } from '../../shared/problem.ts'

// The same for an unknown name, so as not to reveal who has an account.
export function wrongCredentials(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'credentials_wrong',
    detail: 'username or password is not correct',
    headers: { 'www-authenticate': 'Bearer' },
  })
}

export function refreshRefused(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'refresh_token_invalid',
    detail: 'The refresh token is invalid or was already used. Log in again.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
