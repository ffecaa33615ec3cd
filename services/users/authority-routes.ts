import { Elysia, t } from 'elysia'
import type { KeySet } from '../../shared/schemas/user.ts'
import { access, type Caller } from '../../shared/access.ts'
import { answers, reads } from '../../shared/convention.ts'
import { models } from './models.ts'
import type { Incoming } from '../../shared/origin.ts'
import { start } from './removals.ts'
import type { UsersService } from './service.ts'

const query = t.Object({
  after: t.Optional(
    t.String({
      pattern: '^\\d{1,16}\\.\\d{1,16}$',
      description: 'The `position` of the last response',
    }),
  ),
})

// Less than the minute after which a new key signs: nobody meets a token of a key they lack.
const keysCached_s = 30

interface Sending {
  set: { headers: Record<string, string | number> }
}

async function sendKeys({ set }: Sending, keys: Promise<KeySet>): Promise<KeySet> {
  set.headers['cache-control'] = `public, max-age=${keysCached_s}`
  return keys
}

/** The keys that sign access tokens, and their public parts for verification. */
export function keyRoutes({ signingKeys, security, readOrigin }: UsersService) {
  const record = (c: Incoming & { caller: Caller }, event: KeyEvent, id: string) => {
    security(event, { actor: c.caller.id, key: id, origin: readOrigin(c) })
    return { id }
  }
  return new Elysia({ tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/.well-known/jwks.json', (c) => sendKeys(c, signingKeys.keySet()), {
      ...reads('KeySet', { listKeys: 'List the public keys that verify access tokens' }),
      access: 'public',
    })
    .post(
      '/api/signing_keys',
      async (c) => c.status(201, record(c, 'signing_key_rotated', await signingKeys.rotate())),
      {
        access: 'admin',
        response: { 201: 'SigningKey' },
        detail: {
          operationId: 'rotateSigningKey',
          summary: 'Create a new key, used for signing a minute from now; nobody is logged out',
        },
      },
    )
    .delete(
      '/api/signing_keys',
      async (c) => record(c, 'signing_keys_revoked', await signingKeys.revoke()),
      {
        ...answers('SigningKey', {
          revokeSigningKeys:
            'Replace all keys at once; access tokens end within seconds, logins continue',
        }),
        access: 'admin',
      },
    )
}

type KeyEvent = 'signing_key_rotated' | 'signing_keys_revoked'

/** What other services learn about accounts and logins. */
export function authorityRoutes(service: UsersService) {
  const { endedLogins, findRecipients, lookUp, lookUpGroups, removals } = service
  return new Elysia({ prefix: '/api', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('/logins/ended', (c) => endedLogins.list(c.query.after), {
      ...reads('EndedLogins', { listEndedLogins: 'List the logins that ended since a position' }),
      access: 'service',
      query,
    })
    .get('/users/removed', (c) => removals.listAfter(c.query.after ?? start), {
      ...reads('RemovedUsers', { listRemovedUsers: 'List the accounts removed since a position' }),
      access: { service: ['books', 'files', 'courses', 'inventory', 'bookings', 'notifications'] },
      query,
    })
    .post('/users/lookup', (c) => lookUp(c.body.emails), {
      ...answers('AddressOwners', { lookUpUsers: 'Find the users who have these email addresses' }),
      access: { service: ['ratings', 'bookings'] },
      body: 'AddressLookup',
    })
    .post('/users/groups', (c) => lookUpGroups(c.body.ids), {
      ...answers('GroupsOfUsers', {
        lookUpGroups: 'Get users and their groups',
      }),
      access: { service: ['inventory', 'bookings', 'files', 'courses'] },
      body: 'GroupsLookup',
    })
    .post('/users/recipients', (c) => findRecipients(c.body), {
      ...answers('Recipients', { findRecipients: 'Get the users to notify, and their addresses' }),
      access: { service: ['notifications'] },
      body: 'RecipientLookup',
    })
}
