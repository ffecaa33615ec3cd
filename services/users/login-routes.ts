import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { sendNothing } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

// Tokens are nobody's to keep but the client's: RFC 6749 section 5.1.
const noStore = { 'cache-control': 'no-store' }

/** Logins and keys: `/api/login`, `/api/token/refresh`, `/api/logout`, the public keys. */
export function loginRoutes(
  { logins, signingKeys }: UsersService,
  { addressOf }: Pick<Context, 'addressOf'>,
) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .post(
      '/api/login',
      ({ body, request, set }) => {
        Object.assign(set.headers, noStore)
        return logins.logIn(body, addressOf(request))
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
      ({ body, set }) => {
        Object.assign(set.headers, noStore)
        return logins.refresh(body.refresh_token)
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
        await logins.logOut(context.body.refresh_token)
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
    .get('/.well-known/jwks.json', () => signingKeys.keySet(), {
      access: 'public',
      response: { 200: 'KeySet' },
      detail: { operationId: 'listKeys', summary: 'The public keys that verify access tokens' },
    })
    .post(
      '/api/signing_keys',
      async ({ set }) => {
        set.status = 201
        return { id: await signingKeys.rotate() }
      },
      {
        access: 'admin',
        response: { 201: 'SigningKey' },
        detail: {
          operationId: 'rotateSigningKey',
          summary: 'Make a new key, which signs a minute from now; nobody is logged out',
        },
      },
    )
    .get('/api/logins/ended', ({ query }) => logins.listEnded(Number(query.since_ms)), {
      access: 'service',
      query: t.Object({ since_ms: t.String({ pattern: '^\\d{1,15}$' }) }),
      response: { 200: 'EndedLoginList' },
      detail: {
        operationId: 'listEndedLogins',
        summary: 'Logins that ended since then, for services that remember tokens',
      },
    })
}
