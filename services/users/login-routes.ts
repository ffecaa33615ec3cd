import { Elysia } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

// Tokens are nobody's to keep but the client's: RFC 6749 section 5.1.
const noStore = { 'cache-control': 'no-store' }

/** Logging in and out: `/api/login`, `/api/token/refresh`, `/api/logout`. */
export function loginRoutes({ logins, readOrigin }: UsersService) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '/api/login',
      (context) => {
        Object.assign(context.set.headers, noStore)
        return logins.logIn(context.body, readOrigin(context))
      },
      {
        access: 'public',
        body: 'Credentials',
        response: { 200: 'Tokens', 401: 'Problem', 429: 'Problem' },
        detail: { operationId: 'logIn', summary: 'Username or email address, and password' },
      },
    )
    .post(
      '/api/token/refresh',
      (context) => {
        Object.assign(context.set.headers, noStore)
        return logins.refresh(context.body.refresh_token, readOrigin(context))
      },
      {
        access: 'public',
        body: 'RefreshToken',
        response: { 200: 'Tokens', 401: 'Problem' },
        detail: {
          operationId: 'refreshToken',
          summary: 'New tokens; the old refresh token is used up',
          description: 'Using a refresh token twice ends its login, wherever it is in use.',
        },
      },
    )
    .post(
      '/api/logout',
      async (context) => {
        await logins.logOut(context.body.refresh_token, readOrigin(context))
        return sendNothing(context)
      },
      {
        access: 'public',
        body: 'RefreshToken',
        response: { 401: 'Problem' },
        detail: {
          operationId: 'logOut',
          summary: 'End the login this refresh token belongs to',
          responses: { 204: { description: 'Done; no body' } },
        },
      },
    )
}
