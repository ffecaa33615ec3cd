import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type { CreatedApiKey } from '../shared/schemas/api-key.ts'
import type { HandedOver, Holdings } from '../shared/schemas/leaving.ts'
import type { Problem } from '../shared/schemas/problem.ts'
import type { Resource } from '../shared/schemas/resource.ts'
import type { Tokens, User } from '../shared/schemas/user.ts'
import { password, useParts } from './testing/use-parts.ts'

setDefaultTimeout(120_000)

// What ended at users is known elsewhere within 5 s; a machine under load may take its time.
const waitMax_ms = 20_000

const parts = ['users', 'inventory', 'bookings', 'files'] as const
type Part = (typeof parts)[number]

const systems = useParts(parts, { environment: { SAMPLE_DATA: 'false' } })
let admin: string
beforeAll(async () => {
  admin = await logIn('admin')
})

const urlOf = (part: Part, path: string) => `${systems.get(part)?.url}${path}`

interface Asking {
  token?: string
  body?: object
}

/** @param what the method and the path */
async function ask<T>(at: Part, what: string, { token, body }: Asking = {}) {
  const [method = '', path = ''] = what.split(' ')
  const answer = await fetch(urlOf(at, path), {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: JSON.parse(text || '{}') as T & Problem }
}

async function logIn(username: string): Promise<string> {
  const { body } = await ask<Tokens>('users', 'POST /api/login', { body: { username, password } })
  return body.access_token
}

async function makeUser(username: string): Promise<User> {
  const account = { username, email: `${username}@test.example`, password }
  const { status, body } = await ask<User>('users', 'POST /api/users', {
    token: admin,
    body: account,
  })
  expect(status).toBe(201)
  return body
}

async function book(token: string, hours: number[]): Promise<void> {
  const asked = { token: admin, body: { name: `Split ${token.slice(-6)}` } }
  const { body: car } = await ask<Resource>('inventory', 'POST /api/cars', asked)
  for (const hour of hours) {
    const [from_datetime, to_datetime] = [hour, hour + 1].map((at) => `2090-03-01T${at}:00:00Z`)
    const body = { from_datetime, to_datetime }
    const made = await ask('inventory', `POST /api/cars/${car.id}/allocations`, { token, body })
    expect(made.status).toBe(201)
  }
}

it('a disabled account is shut out everywhere within seconds: token, key and stream', async () => {
  const user = await makeUser('mia')
  const token = await logIn('mia')
  const body = { name: 'script', scopes: ['read'] }
  const { body: made } = await ask<CreatedApiKey>('users', 'POST /api/api_keys', { token, body })
  const streams = await Promise.all(
    [token, made.key].map((bearer) =>
      fetch(urlOf('inventory', '/api/allocations/events'), {
        headers: { authorization: `Bearer ${bearer}` },
      }),
    ),
  )
  expect(streams.map(({ status }) => status)).toEqual([200, 200])
  const ends = streams.map((stream) => stream.text())

  const setDisabled = async (disabled: boolean) =>
    (await ask('users', `PATCH /api/users/${user.id}`, { token: admin, body: { disabled } })).status
  expect(await setDisabled(true)).toBe(200)
  const end = Date.now() + waitMax_ms
  const seen = async () =>
    (
      await Promise.all(
        [{ token }, { token: made.key }].flatMap((bearer) => [
          ask('inventory', 'GET /api/cars', bearer),
          ask('files', 'GET /api/files', bearer),
        ]),
      )
    ).map(({ status }) => status)
  while ((await seen()).join() !== '401,401,401,401' && Date.now() < end) await Bun.sleep(100)
  expect(await seen()).toEqual([401, 401, 401, 401])
  await Promise.all(ends)

  expect(await setDisabled(false)).toBe(200)
  const key = { token: made.key }
  while ((await ask('inventory', 'GET /api/cars', key)).status !== 200) await Bun.sleep(100)
})

it('things in an unavailable service are unknown, and nothing is handed over partly', async () => {
  const [noa, ole] = [await makeUser('noa'), await makeUser('ole')]
  await book(await logIn('noa'), [10, 12])
  const path = `/api/users/${noa.id}`
  const holdings = () => ask<Holdings>('users', `GET ${path}/holdings`, { token: admin })
  const handOver = (what: object) =>
    ask<HandedOver>('users', `POST ${path}/hand_over`, {
      token: admin,
      body: { to: ole.id, ...what },
    })
  expect((await holdings()).body).toMatchObject({ bookings: { count: 2 }, files: { count: 0 } })

  await systems.get('files')?.kill()
  expect((await holdings()).body).toMatchObject({ bookings: { count: 2 }, files: null })
  const refused = await handOver({ bookings: true, files: true })
  expect([refused.status, refused.body.code]).toEqual([503, 'files_unavailable'])
  expect((await holdings()).body.bookings?.count).toBe(2)
  const alone = await handOver({ bookings: true })
  expect(alone.body).toEqual({ bookings: { done: 2, left: 0 }, files: null } as never)
  expect((await holdings()).body.bookings?.count).toBe(0)
})
