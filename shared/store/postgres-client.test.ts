import { afterAll, beforeAll, expect, it } from 'bun:test'
import { createDatabase, dropDatabase, startPostgres } from '../testing/postgres.ts'
import { openConnections, type Connections } from './postgres-client.ts'

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
