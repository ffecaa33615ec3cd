import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { models } from './models.ts'
import type { UsersService } from './service.ts'

/** What tells other processes who calls: the public keys, and the logins that ended. */
export function authorityRoutes({ logins, signingKeys }: UsersService) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
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
