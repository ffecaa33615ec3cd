import { afterAll, beforeAll, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import {
  createDatabase,
  dropDatabase,
  startPostgres,
  type PostgresServer,
} from '../../../shared/testing/postgres.ts'
import { createBatch } from './batch.ts'
import { createStores } from './open.ts'

let server: PostgresServer
let url: string

beforeAll(async () => {
  server = await startPostgres()
  url = await createDatabase(server.url)
}, 60_000)

afterAll(async () => {
  await dropDatabase(server.url, url)
  await server.stop()
})

it('accepts no response about rows it did not send', async () => {
  const stores = createStores()
  const store = await stores.open(url)
  await store.atomically([
    sql`CREATE TABLE things (id uuid)`,
    sql`CREATE TABLE idempotency_keys (
      key text, request_hash text, answer text, created timestamptz)`,
    sql`INSERT INTO things VALUES (NULL)`,
  ])
  const write = (select: string) =>
    createBatch(store, { input: { id: 'id' }, into: 'things (id)', select, order: 'input.id' }).add(
      {
        id: Bun.randomUUIDv7(),
      },
    )
  expect(await write('SELECT id FROM input WHERE true')).toBe(true)
  const foreign = await write('SELECT gen_random_uuid() FROM input WHERE true').catch(String)
  expect(foreign).toContain('not in the batch')
  await stores.close()
})
