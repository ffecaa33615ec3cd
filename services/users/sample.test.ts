import { expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { makeSqlite, type TestDatabase } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { samplePassword } from './sample.ts'

const exposures = [
  { HOST: '0.0.0.0' },
  { HOST: '::' },
  { HOST: '192.0.2.1' },
  { TRUSTED_PROXIES: '127.0.0.1' },
  { NODE_ENV: 'production' },
]

const start = (database: TestDatabase, environment: Record<string, string> = {}) =>
  startForTest(async () => ({ url: database.url, remove: async () => {} }), {
    parts: ['gateway', 'users'],
    environment,
  })

async function logIn(system: TestSystem) {
  const body = { username: 'anna', password: samplePassword }
  const answer = await system.send('POST', '/api/login', { as: null, body })
  return { status: answer.status, body: (await answer.json()) as Tokens & Problem }
}

it('sample users are not created if other machines can connect, and that is logged', async () => {
  for (const environment of exposures) {
    const database = await makeSqlite({ migrated: true })
    const system = await start(database, environment)
    await system.fillSamples()
    expect([environment, (await logIn(system)).status]).toEqual([environment, 401])
    expect(system.logged()).toContain('no sample users')
    await system.close()
    await database.remove()
  }
}, 60_000)

it('sample users of a formerly local system are logged out once it is public', async () => {
  const database = await makeSqlite({ migrated: true })
  const local = await start(database)
  await local.fillSamples()
  const { status, body } = await logIn(local)
  expect(status).toBe(200)
  await local.close()
  const exposed = await start(database, { HOST: '0.0.0.0' })
  const refused = await logIn(exposed)
  expect([refused.status, refused.body.code]).toEqual([403, 'sample_password'])
  const { refresh_token } = body
  const again = { as: null, body: { refresh_token } }
  expect((await exposed.send('POST', '/api/token/refresh', again)).status).toBe(401)
  await exposed.close()
  await database.remove()
}, 60_000)
