import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { models } from './models.ts'
import { start } from './removals.ts'
import type { UsersService } from './service.ts'

/** What tells other processes who calls: the public keys, ended logins, removed accounts. */
export function authorityRoutes(service: UsersService) {
  const { endedLogins, signingKeys, security, readOrigin } = service
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .use(factRoutes(service))
    .get('/.well-known/jwks.json', () => signingKeys.keySet(), {
      access: 'public',
      response: { 200: 'KeySet' },
      detail: { operationId: 'listKeys', summary: 'The public keys that verify access tokens' },
    })
    .post(
      '/api/signing_keys',
      async (context) => {
        context.set.status = 201
        const id = await signingKeys.rotate()
        const actor = context.caller.id
        security('signing_key_rotated', { actor, key: id, origin: readOrigin(context) })
        return { id }
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
    .delete(
      '/api/signing_keys',
      async (context) => {
        const id = await signingKeys.revoke()
        const actor = context.caller.id
        security('signing_keys_revoked', { actor, key: id, origin: readOrigin(context) })
        return { id }
      },
      {
        access: 'admin',
        response: { 200: 'SigningKey' },
        detail: {
          operationId: 'revokeSigningKeys',
          summary: 'Replace all keys at once; access tokens end within seconds, logins go on',
        },
      },
    )
    .get('/api/logins/ended', ({ query }) => endedLogins.list(query.after), {
      access: 'service',
      query: t.Object({
        after: t.Optional(t.String({ pattern: '^\\d{1,16}\\.\\d{1,16}$', maxLength: 33 })),
      }),
      response: { 200: 'EndedLogins' },
      detail: {
        operationId: 'listEndedLogins',
        summary: 'Logins that ended after a position, for services that remember tokens',
      },
    })
}

/** What services learn of accounts. */
function factRoutes({ lookUp, removals }: UsersService) {
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/api/users/removed', ({ query }) => removals.listAfter(query.after ?? start), {
      access: { service: ['books', 'files', 'courses'] },
      query: t.Object({
        after: t.Optional(
          t.String({
            pattern: '^\\d{1,16}\\.\\d{1,16}$',
            description: 'The `position` of the last answer',
          }),
        ),
      }),
      response: { 200: 'RemovedUsers' },
      detail: {
        operationId: 'listRemovedUsers',
        summary: 'Accounts removed since a position, for services that keep things of users',
      },
    })
    .post('/api/users/lookup', ({ body }) => lookUp(body.emails), {
      access: { service: ['ratings'] },
      body: 'AddressLookup',
      response: { 200: 'AddressOwners' },
      detail: {
        operationId: 'lookUpUsers',
        summary: 'Whose email addresses these are, for services that know a user by address',
      },
    })
}
