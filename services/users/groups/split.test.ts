import { afterAll, beforeAll, expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Group } from '../../../shared/schemas/group.ts'
import type { Tokens, User } from '../../../shared/schemas/user.ts'
import { listenForTest } from '../../../shared/testing/listen.ts'
import type { PartName } from '../../index.ts'
import { startForTest, testPassword, type TestSystem } from '../../testing/system.ts'

const systems: TestSystem[] = []
let folder: string
let gateway: string
let inventory: string

async function start(environment: Record<string, string>, ...parts: PartName[]) {
  const url = `sqlite:${folder}/{service}.sqlite`
  const makeDatabase = async () => ({ url, remove: async () => {} })
  const system = await startForTest(makeDatabase, { parts, environment })
  systems.unshift(system)
  system.startTasks()
  return listenForTest(system.app)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campus-groups-'))
  const users = { USERS_URL: await start({}, 'users') }
  inventory = await start(users, 'inventory')
  gateway = await start({ ...users, INVENTORY_URL: inventory }, 'gateway')
}, 60_000)
afterAll(async () => {
  for (const { app, close } of systems) {
    await app.server?.stop(true)
    await close()
  }
  await rm(folder, { recursive: true, force: true })
})

interface Asking {
  token?: string
  body?: object
  at?: string
}

async function ask(method: string, path: string, { token, body, at = gateway }: Asking) {
  const answer = await fetch(at + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, text: await answer.text() }
}

async function read<T>(method: string, path: string, asking: Asking): Promise<T> {
  const { status, text } = await ask(method, path, asking)
  expect(status).toBeLessThan(300)
  return JSON.parse(text) as T
}

it('a change of groups reaches other processes by itself, and the login continues', async () => {
  const credentials = { username: 'mia', password: testPassword }
  const account = { ...credentials, email: 'mia@test.example' }
  const { id } = await read<User>('POST', '/api/users', { body: account })
  const mia = await read<Tokens>('POST', '/api/login', { body: credentials })
  const root = { username: 'admin', password: testPassword }
  const { access_token: admin } = await read<Tokens>('POST', '/api/login', { body: root })
  const group = await read<Group>('POST', '/api/groups', { token: admin, body: { name: 'Crew' } })
  const seen = async (token: string) => {
    const both = [gateway, inventory].map((at) => ask('GET', '/api/cars', { token, at }))
    return (await Promise.all(both)).map(({ status }) => status)
  }
  expect(await seen(mia.access_token)).toEqual([200, 200])
  const put = `/api/groups/${group.id}/members/${id}`
  expect((await ask('PUT', put, { token: admin, body: {} })).status).toBe(204)
  while ((await seen(mia.access_token)).join() !== '401,401') await Bun.sleep(50)
  const { refresh_token } = mia
  const next = await read<Tokens>('POST', '/api/token/refresh', { body: { refresh_token } })
  expect(await seen(next.access_token)).toEqual([200, 200])
  expect(await seen(admin)).toEqual([200, 200])
}, 30_000)
