import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { sendNothing } from '../../../shared/answer.ts'
import { answers, does, reads } from '../../../shared/convention.ts'
import * as apiKey from '../../../shared/schemas/api-key.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import type { UsersService } from '../service.ts'

const models = new Elysia({ name: 'api key models' }).model({
  ApiKey: apiKey.ApiKey,
  ApiKeyHash: apiKey.ApiKeyHash,
  ApiKeyList: apiKey.ApiKeyList,
  ApiKeyOwner: apiKey.ApiKeyOwner,
  CreatedApiKey: apiKey.CreatedApiKey,
  NewApiKey: apiKey.NewApiKey,
  Problem,
})

/** Keys for scripts and machines: `/api/api_keys`. */
export function apiKeyRoutes({ apiKeys, readOrigin }: UsersService) {
  const query = t.Object({ user_id: t.Optional(Id) })
  return new Elysia({ prefix: '/api/api_keys', tags: ['users'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => apiKeys.list(c.caller, c.query.user_id), {
      ...reads('ApiKeyList', { listApiKeys: ['List your own API keys', whose] }, 403),
      access: 'member',
      query,
    })
    .post(
      '',
      async ({ body, caller, status, ...c }) =>
        status(201, await apiKeys.create(body, { caller, origin: readOrigin(c) })),
      {
        access: 'member',
        body: 'NewApiKey',
        response: { 201: 'CreatedApiKey', 409: 'Problem', 422: 'Problem', 429: 'Problem' },
        detail: { operationId: 'createApiKey', summary: 'Create an API key', description: once },
      },
    )
    .delete(
      '/:id',
      ({ caller, ...c }) =>
        sendNothing(c, apiKeys.revoke(c.params.id, { caller, origin: readOrigin(c) })),
      {
        ...does({ revokeApiKey: ['Revoke an API key', gone] }, 404),
        access: 'member',
        params: t.Object({ id: Id }),
      },
    )
    .post('/owner', (c) => apiKeys.findOwner(c.body.key_hash), {
      ...answers(
        'ApiKeyOwner',
        { findApiKeyOwner: 'Find the owner of an API key by its hash' },
        404,
      ),
      access: 'service',
      body: 'ApiKeyHash',
    })
}

const whose = "`user_id`: another user's, for administrators."
const once =
  'The key is shown only in this response and not stored for a retry, so there is no ' +
  '`Idempotency-Key`: revoke a key that was lost. Send it as `Authorization: Bearer campus_…`. ' +
  'An API key cannot create keys, change accounts or end logins.'
const gone = 'Every service refuses it within 5 s. Administrators may revoke keys of others.'
