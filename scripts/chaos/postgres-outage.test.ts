import {
  afterAll,
  beforeAll,
  describe,
  expect,
  it,
  onTestFinished,
  setDefaultTimeout,
} from 'bun:test'
import {
  createDatabase,
  startPostgres,
  type PostgresServer,
} from '../../shared/testing/postgres.ts'
import { startInventory } from './inventory.ts'
import { createLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { openSessions } from './postgres-session.ts'
import { repeatCreates } from './repeat.ts'
import { createCars, send } from '../harness/request.ts'
import type { Witness } from './witness.ts'
import { verify } from './verify.ts'
import { waitUntil } from '../harness/wait.ts'

setDefaultTimeout(240_000)

const clients = 24
// How long after recovery of the database the service may still refuse, or delay a request.
const recovery_ms = 5000
const terminateFor_ms = 2000

describe('an inventory whose PostgreSQL fails under load', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startOwnPostgres()
  })
  afterAll(() => server.stop())

  it('returns 503 while the server restarts, and recovers within 5 s', () =>
    surviveOutage(server, () => server.restart()))

  it('returns 503 when its connections are terminated, and recovers within 5 s', () =>
    surviveOutage(server, async (databaseUrl) => {
      const sessions = openSessions(databaseUrl)
      const until = Date.now() + terminateFor_ms
      while (Date.now() < until) {
        await sessions.terminate()
        await Bun.sleep(50)
      }
      await sessions.close()
    }))
})

async function surviveOutage(
  server: PostgresServer,
  breakIt: (databaseUrl: string) => Promise<void>,
): Promise<void> {
  const databaseUrl = `${await createDatabase(server.url)}?search_path={service}`
  const system = await startInventory(databaseUrl)
  onTestFinished(system.kill)
  const ledger = createLedger()
  const resources = await createCars(system.url, 3)
  const load = startLoad({ urls: [system.url], resources, ledger, clients, tolerated: [503] })
  const retiring = startRetiring(system.url)
  onTestFinished(load.stop)
  onTestFinished(retiring.stop)
  await waitUntil('there is load', () => load.witness.count('create', 201) > 100)
  expect(load.witness.total(503)).toBe(0)

  await breakIt(databaseUrl)
  expect(load.witness.total(503)).toBeGreaterThan(0)
  await expectRecovery(load.witness)

  await Promise.all([load.stop(), retiring.stop()])
  expect(load.witness.wrong).toEqual([])
  expect(retiring.statuses).toContain(204)
  expect([204, 404, 503]).toEqual(expect.arrayContaining([...retiring.statuses]))
  const repeats = await repeatCreates(system.url, load.repeatables)
  expect(repeats.faults).toEqual([])
  expect(await verify(system.url, ledger, resources)).toEqual([])
  expect((await send('GET', `${system.url}/readyz`))?.status).toBe(200)
  await system.stop()
}

async function expectRecovery(witness: Witness): Promise<void> {
  await Bun.sleep(recovery_ms)
  const [refused, created] = [witness.total(503), witness.count('create', 201)]
  expect(witness.longestWait_ms()).toBeLessThan(recovery_ms)
  await waitUntil('there is load again', () => witness.count('create', 201) > created + 100)
  expect(witness.total(503)).toBe(refused)
}

/** Retires new cars, the one operation with several statements in a transaction. */
function startRetiring(url: string) {
  const statuses = new Set<number>()
  let stopped = false
  async function work() {
    while (!stopped) {
      const [car] = await createCars(url, 1).catch(() => [])
      const answer = car && (await send('DELETE', `${url}${car}?allocations=cancel`))
      if (car) statuses.add(answer ? answer.status : 0)
      else await Bun.sleep(20)
    }
  }
  const worker = work()
  return {
    statuses,
    stop: () => {
      stopped = true
      return worker
    },
  }
}

// Only our own server may be restarted, even if TEST_POSTGRES_URL names another.
async function startOwnPostgres(): Promise<PostgresServer> {
  const given = process.env.TEST_POSTGRES_URL
  delete process.env.TEST_POSTGRES_URL
  const starting = startPostgres()
  if (given !== undefined) process.env.TEST_POSTGRES_URL = given
  return starting
}
