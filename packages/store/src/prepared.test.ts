import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { makePostgres } from '../../../shared/testing/describe-stores.ts'
import { createStores } from './open.ts'
import type { Reader } from './store.ts'

const kept = sql`SELECT pg_backend_pid() AS pid, count(*)::integer AS n FROM pg_prepared_statements`

/** How many statements the connections of a reader keep, after it was asked so many. */
async function countKept({ rows }: Reader, asked: number): Promise<number[]> {
  const connections = Array.from({ length: 8 }, async (_, connection) => {
    for (let at = 0; at < asked / 8; at++) {
      await rows(sql`SELECT ${'x'}::text AS ${sql.raw(`n_${connection}_${at}`)}`)
    }
  })
  await Promise.all(connections)
  const found = await Promise.all(
    Array.from({ length: 8 }, () => rows<{ pid: number; n: number }>(kept)),
  )
  return found.flat().map(({ n }) => n)
}

it('caches a few hundred statements per PostgreSQL connection, whatever users send', async () => {
  const database = await makePostgres()
  const stores = createStores()
  const store = await stores.open(database.url.replace('{service}', 'public'))
  for (const count of await countKept(store, 4000)) expect(count).toBeLessThanOrEqual(201)
  for (const count of await countKept(store.scan('somebody'), 80)) expect(count).toBeLessThan(2)
  await stores.close()
  await database.remove()
}, 60_000)
