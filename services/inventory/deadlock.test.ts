import { expect, it } from 'bun:test'
import postgres from 'postgres'
import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { startForTest } from '../testing/system.ts'

// Only PostgreSQL has more than one writer, so only there two can wait for each other.
const timeout_ms = 60_000
const [early, late] = [
  { from_datetime: '2031-01-01T00:00:00Z', to_datetime: '2031-01-01T01:00:00Z' },
  { from_datetime: '2031-01-01T02:00:00Z', to_datetime: '2031-01-01T03:00:00Z' },
]

it(
  'answers bookings that deadlocked with SQL by hand in PostgreSQL, as if they had come later',
  async () => {
    const server = await startPostgres()
    const url = await createDatabase(server.url)
    const system = await startForTest(async () => ({
      url: `${url}?search_path={service}`,
      remove: async () => {},
    }))
    const sql = postgres(system.databaseUrl, { max: 1 })
    const book = (span: typeof early) => system.send('POST', `${car}/allocations`, { body: span })
    const insert = (span: typeof early) => sql`
      INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
        allocation_type, description, dump, created, created_by)
      SELECT gen_random_uuid(), number, ${span.from_datetime}, ${span.to_datetime},
        'booking', '', '{}', now(), 'by hand' FROM resources`
    const made = await system.send('POST', '/api/cars', { body: { name: 'A' } })
    const car = made.headers.get('location')

    await sql`BEGIN`
    await insert(late)
    // One statement for both: it has the early one when it waits for ours, which waits for that.
    const answers = Promise.all([book(early), book(late)])
    await Bun.sleep(200)
    await insert(early)
    await sql`COMMIT`

    expect((await answers).map(({ status }) => status)).toEqual([409, 409])
    expect(await sql`SELECT created_by FROM allocations`).toHaveLength(2)
    await sql.end()
    await system.close()
    await dropDatabase(server.url, url)
    await server.stop()
  },
  timeout_ms,
)
