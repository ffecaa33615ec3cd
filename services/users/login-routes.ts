import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import { answers, does } from '../../shared/convention.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

/** Login and logout: `/api/login`, `/api/token/refresh`, `/api/logout`. */
export function loginRoutes({ logins, readOrigin }: UsersService) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .post('/api/login', (c) => sendTokens(c, logins.logIn(c.body, readOrigin(c))), {
      ...answers(
        'Tokens',
        { logIn: ['Log in by username or email address', withCode] },
        401,
        403,
        429,
      ),
      access: 'public',
      body: 'Credentials',
    })
    .post(
      '/api/token/refresh',
      (c) => sendTokens(c, logins.refresh(c.body.refresh_token, readOrigin(c))),
      {
        ...answers('Tokens', { refreshToken: ['Get new tokens for a refresh token', once] }, 401),
        access: 'public',
        body: 'RefreshToken',
      },
    )
    .post(
      '/api/logout',
      (c) => sendNothing(c, logins.logOut(c.body.refresh_token, readOrigin(c))),
      {
        ...does({ logOut: 'End the login this refresh token belongs to' }, 401),
        access: 'public',
        body: 'RefreshToken',
      },
    )
}

const withCode =
  '401 `second_factor_code_required`: the password is correct; repeat with `code`, or with ' +
  '`passkey` for the options in the problem, if any.'
const once =
  'A refresh token works once, and again for 30 s with the same result, in case the response ' +
  'was lost. Using it later, or after its successor, ends the login.'

// Neither tokens nor refusals may be cached: RFC 6749 section 5.1.
export function sendTokens(
  { set }: { set: { headers: Record<string, string | number> } },
  tokens: Promise<Tokens>,
): Promise<Tokens> {
  set.headers['cache-control'] = 'no-store'
  return tokens
}
