import { afterAll, beforeAll, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { createDatabase, dropDatabase, startPostgres } from '../../../shared/testing/postgres.ts'
import { storageFault } from './error.ts'
import { createStores } from './open.ts'
import { openConnections, type Connections } from './postgres-client.ts'
import { createSchemaGuard, readSchema } from './postgres-schema.ts'

let serverUrl: string
let url: string
let connections: Connections

beforeAll(async () => {
  serverUrl = (await startPostgres()).url
  url = await createDatabase(serverUrl)
  connections = openConnections({ url, max: 1, statementTimeout_ms: 3000 })
}, 30_000)
afterAll(async () => {
  await connections.close()
  await dropDatabase(serverUrl, url)
})

const read = (text: string, params: string[] = []) =>
  connections.ask<object[]>((client) => client.unsafe<object[]>(text, params))

it('a query that fails after some rows leaves none of them to the next', async () => {
  const error = await read('SELECT 6 / (3 - n) AS n FROM generate_series(1, 9) n').catch((e) => e)
  expect(error).toMatchObject({ code: '22012' })
  expect([...(await read('SELECT $1::text AS mine', ['1']))]).toEqual([{ mine: '1' }])
})

it('a connection that ends after some rows leaves none of them to the next', async () => {
  const late = `SELECT n, CASE WHEN n = 2000 THEN pg_terminate_backend(pg_backend_pid()) END
    FROM generate_series(1, 2000) n`
  expect(await read(late).catch((e) => e)).toBeInstanceOf(Error)
  expect([...(await read('SELECT $1::text AS mine', ['2']))]).toEqual([{ mine: '2' }])
})

it('slow reads in a flood wait or are refused, and no connection is lost', async () => {
  const stores = createStores()
  const store = await stores.open(url)
  const sleep = (seconds: number) => store.rows(sql.raw(`SELECT pg_sleep(${seconds})`))
  const readIds = async () =>
    (
      await read(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() ORDER BY pid`)
    ).map((row) => (row as { pid: number }).pid)
  await Promise.all(Array.from({ length: 16 }, () => sleep(0.2)))
  await store.ping()
  const before = await readIds()

  const flood = Promise.allSettled(Array.from({ length: 300 }, () => sleep(0.4)))
  const states = await Promise.all([store.ping(), store.scan('anna').rows(sql`SELECT 1 AS one`)])
  expect(states[1]).toEqual([{ one: 1 }])
  const ends = await flood
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(284)
  expect(new Set(refused.map((error) => error.cause?.code ?? error.code))).toEqual(
    new Set(['53300']),
  )
  expect(storageFault(refused[0])).toBe('unavailable')
  await sleep(0)
  expect(await readIds()).toEqual(expect.arrayContaining(before))
  await stores.close()
})

it('concurrent schema checks share one look', async () => {
  await read('CREATE TABLE migrations (name text)')
  await read('CREATE TABLE notes (id integer)')
  let looks = 0
  const ask: Connections['ask'] = (query) => {
    if ((query as unknown) === readSchema) looks++
    return connections.ask(query)
  }
  const guard = createSchemaGuard({ ...connections, ask })
  guard.expect(undefined, [])
  await Promise.all(Array.from({ length: 20 }, guard.compare))
  expect(looks).toBe(1)
  await read('ALTER TABLE notes DROP COLUMN id')
  expect(await guard.compare().catch((error: Error) => error.message)).toMatch(/notes/)
})
