import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import postgres from 'postgres'
import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import type { PostgresServer } from '../../shared/testing/postgres.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { receive } from './fixture.ts'

// Only PostgreSQL has transactions that begin in one order and commit in another.
setDefaultTimeout(60_000)

const span = (hour: number) => ({
  from_datetime: new Date(Date.UTC(2031, 0, 1, hour)).toISOString(),
  to_datetime: new Date(Date.UTC(2031, 0, 1, hour + 1)).toISOString(),
})
// Two looks of the service at its events, and more.
const looks_ms = 800

let server: PostgresServer
let url: string
let system: TestSystem
let car: string

beforeAll(async () => {
  server = await startPostgres()
  url = await createDatabase(server.url)
  const database = { url: `${url}?search_path={service}`, remove: async () => {} }
  system = await startForTest(async () => database)
  const made = await system.send('POST', '/api/cars', { body: { name: 'A' } })
  car = made.headers.get('location') ?? ''
})

afterAll(async () => {
  await system.close()
  await dropDatabase(server.url, url)
  await server.stop()
})

async function book(hour: number): Promise<string> {
  const answer = await system.send('POST', `${car}/allocations`, { body: span(hour) })
  return ((await answer.json()) as { id: string }).id
}

const follow = () => system.send('GET', `/api/allocations/events?resource_id=${car.slice(-36)}`)

it('does not skip a transaction that began earlier and commits later', async () => {
  const sql = postgres(system.databaseUrl, { max: 1 })
  const insert = async (id: string, hour: number) => sql`
    INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
      allocation_type, description, dump, created, created_by)
    SELECT ${id}::uuid, number, ${span(hour).from_datetime}, ${span(hour).to_datetime},
      'booking', '', '{}', now(), 'by hand' FROM resources`
  const received = receive(await follow(), 4)
  const byHand = [Bun.randomUUIDv7(), Bun.randomUUIDv7()] as const
  await sql`BEGIN`
  await insert(byHand[0], 1)
  const early = await book(2)
  await Bun.sleep(looks_ms)
  // Its place in the order is that of the transaction, which is older than the booking.
  await insert(byHand[1], 3)
  await sql`COMMIT`
  await Bun.sleep(looks_ms)
  const late = await book(4)
  const ids = (await received).map(({ data }) => data.allocation_id)
  expect(ids).toEqual([...byHand, early, late])
  await sql.end()
})

it('does not wait for a transaction in another database of the server', async () => {
  const other = await createDatabase(server.url)
  const sql = postgres(other, { max: 1 })
  await sql`BEGIN`
  await sql`SELECT pg_current_xact_id()`
  const received = receive(await follow(), 1)
  const id = await book(6)
  const events = await Promise.race([received, Bun.sleep(10_000)])
  expect(events?.map(({ data }) => data.allocation_id)).toEqual([id])
  await sql`COMMIT`
  await sql.end()
  await dropDatabase(server.url, other)
})
