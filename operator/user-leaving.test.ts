import { afterAll, beforeAll, expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSystem, type System } from '../scripts/harness/run-system.ts'
import { commandOf } from '../scripts/harness/program.ts'

const password = 'six green lanterns'
let folder: string
let system: System
let environment: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campus-leaving-'))
  environment = {
    DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
    BLOB_URL: `file:${folder}/blobs`,
    SECRET_FILE: `${folder}/secret`,
    ADMIN_PASSWORD: password,
    SAMPLE_DATA: 'false',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'pretty',
  }
  system = await startSystem({ environment })
}, 30_000)
afterAll(async () => {
  await system.stop()
  await rm(folder, { recursive: true })
})

async function run(args: string[], more: Record<string, string> = {}) {
  const child = Bun.spawn([...commandOf('operator/user.ts'), ...args], {
    cwd: join(import.meta.dir, '..'),
    env: { ...process.env, ...environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { code: await child.exited, output, errors }
}

async function post(path: string, body: object, token = '') {
  const answer = await fetch(system.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, string> }
}

const logIn = (username: string) => post('/api/login', { username, password })

it('an operator lists what a user has, hands it over, and disables the account', async () => {
  const { body: admin } = await logIn('admin')
  for (const username of ['zoe', 'yan']) {
    const account = { username, email: `${username}@example.org`, password }
    expect((await post('/api/users', account, admin['access_token'])).status).toBe(201)
  }
  const car = await post('/api/cars', { name: 'Van 1' }, admin['access_token'])
  const { body: zoe } = await logIn('zoe')
  for (const hour of ['10', '12', '14']) {
    const span = {
      from_datetime: `2090-03-01T${hour}:00:00Z`,
      to_datetime: `2090-03-01T${hour}:30:00Z`,
    }
    const path = `/api/cars/${car.body['id']}/allocations`
    expect((await post(path, span, zoe['access_token'])).status).toBe(201)
  }

  const held = await run(['holdings', 'zoe'])
  expect(held).toMatchObject({ code: 0, errors: '' })
  expect(held.output).toMatch(/bookings ahead +3, of which held 0\n +Van 1 +3\n/)
  expect(held.output).toMatch(/by rules +0, of which requested 0; in hand 0\n/)
  expect(held.output).toMatch(/files +0, 0 bytes/)
  // With the other services elsewhere and unavailable, counts are unknown.
  const nowhere = { INVENTORY_URL: 'http://127.0.0.1:9', FILES_URL: 'http://127.0.0.1:9' }
  const unknown = await run(['holdings', 'zoe'], nowhere)
  expect(unknown.output).toContain('bookings ahead  unknown')
  const refused = await run(['hand-over', 'zoe', 'yan'], nowhere)
  expect([refused.code, refused.errors]).toEqual([1, expect.stringContaining('is unavailable')])

  expect((await run(['disable', 'zoe'])).output).toContain('zoe is disabled')
  expect((await logIn('zoe')).body['code']).toBe('account_disabled')
  expect((await run(['disable', 'admin'])).errors).toContain('last administrator')
  const given = await run(['hand-over', 'zoe', 'yan'])
  expect(given.output).toBe('yan has 3 bookings and 0 files of zoe now\n')
  expect((await run(['hand-over', 'yan', 'zoe'])).errors).toContain('disabled')
  expect((await run(['release-bookings', 'yan'])).output).toBe('3 bookings of yan are released\n')
  expect((await run(['enable', 'zoe'])).output).toContain('zoe can log in again')
  expect((await logIn('zoe')).status).toBe(200)
  expect((await run(['hand-over', 'zoe', 'yan', 'keys'])).errors).toContain('Manages accounts')
  expect((await run(['holdings', 'nobody'])).code).toBe(1)
}, 90_000)
