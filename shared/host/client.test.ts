import { expect, it } from 'bun:test'
import { Elysia, t } from 'elysia'
import { toServiceCaller } from '../access.ts'
import { createClient } from './client.ts'
import { createReplicas } from './replicas.ts'

const things = new Elysia()
  .get('/api/things/:id', ({ params, query }) => ({ ...params, ...query, when: '2030-01-01' }), {
    query: t.Object({ name: t.Optional(t.Array(t.String())), limit: t.Optional(t.String()) }),
  })
  .post(
    '/api/things',
    ({ body, headers: { from, ...sent }, status }) => {
      return status(201, { body, from, length: sent['content-length'] })
    },
    { body: t.Object({ name: t.String() }) },
  )
  .post('/api/things/:id/lose', ({ status }) => status(409, { code: 'lost' }))
  .get('/api/things/text', () => '12')
  .post('/api/things/bytes', async ({ request }) => [...(await request.bytes())], { parse: 'none' })
  .delete('/api/things/:id', ({ status }) => status(204, undefined))

const clientOf = (target: Parameters<typeof createClient>[0]) =>
  createClient<typeof things>(target, {
    timeout_ms: 2000,
    caller: toServiceCaller('test'),
    signToken: async () => 'token',
  })
const inside = clientOf(things)

it('puts parameters into the path and the query, as they are', async () => {
  const query = { name: ['a&b', 'c'], limit: '2' }
  const { data, error } = await inside.api.things({ id: 'x/y ?' }).get({ query })
  expect(error).toBeNull()
  expect(data as object).toEqual({ id: 'x/y ?', ...query, when: '2030-01-01' })
})

it('sends and reads JSON; what else comes is text', async () => {
  const made = await inside.api.things.post({ name: 'ä' }, { headers: { from: 'me' } })
  const told = { body: { name: 'ä' }, from: 'me', length: '13' }
  expect([made.status, made.data as object]).toEqual([201, told])
  expect((await inside.api.things.text.get()).data as unknown).toBe('12')
  const gone = await inside.api.things({ id: 'a' }).delete()
  expect([gone.status, gone.error]).toEqual([204, null])
})

it('sends bytes as they are', async () => {
  const bytes = new Uint8Array([0, 128, 255])
  expect((await inside.api.things.bytes.post(bytes)).data).toEqual([0, 128, 255])
})

it('gives a refusal as an error', async () => {
  const { data, error, response } = await inside.api.things({ id: 'a' }).lose.post()
  expect(data).toBeNull()
  expect(error as object).toEqual({ status: 409, value: { code: 'lost' } })
  expect(response.status).toBe(409)
})

it('returns 503 for an unavailable service', async () => {
  const away = clientOf(createReplicas(['http://127.0.0.1:1']))
  const { data, error, status } = await away.api.things.text.get()
  expect([data, error?.status, status]).toEqual([null, 503, 503])
})

it('is not a thenable', async () => {
  expect(typeof (await inside).api).toBe('function')
})
