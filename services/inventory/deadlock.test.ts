import { expect, it } from 'bun:test'
import postgres from 'postgres'
import type { WaitlistEntry } from '../../shared/schemas/waitlist.ts'
import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'

// Only PostgreSQL has more than one writer, so only there two can wait for each other.
const timeout_ms = 120_000
const [early, late] = [
  { from_datetime: '2031-01-01T00:00:00Z', to_datetime: '2031-01-01T01:00:00Z' },
  { from_datetime: '2031-01-01T02:00:00Z', to_datetime: '2031-01-01T03:00:00Z' },
]

type Insert = (span: typeof early) => Promise<unknown>

/** A car, callers, and a manual session on a separate server. */
async function contend(
  scene: (
    system: TestSystem,
    car: string,
    byHand: { sql: postgres.Sql; insert: Insert },
  ) => Promise<void>,
): Promise<void> {
  const server = await startPostgres()
  const url = await createDatabase(server.url)
  const system = await startForTest(async () => ({
    url: `${url}?search_path={service}`,
    remove: async () => {},
  }))
  const sql = postgres(system.databaseUrl, { max: 1 })
  // PostgreSQL ends the one of two that looks first: by hand one never does.
  await sql`SET deadlock_timeout = '1min'`
  const insert: Insert = (span) => sql`
    INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
      allocation_type, description, dump, created, created_by)
    SELECT gen_random_uuid(), number, ${span.from_datetime}, ${span.to_datetime},
      'booking', '', '{}', now(), 'by hand' FROM resources`
  const made = await system.send('POST', '/api/cars', { body: { name: 'A' } })
  await scene(system, made.headers.get('location') ?? '', { sql, insert })
  await sql.end()
  await system.close()
  await dropDatabase(server.url, url)
  await server.stop()
}

async function untilOtherWaits(sql: postgres.Sql): Promise<void> {
  for (;;) {
    // Within a transaction it would be what it was when it was first asked for.
    await sql`SELECT pg_stat_clear_snapshot()`
    const waiting = await sql`SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`
    if (waiting.length > 0) return
    await Bun.sleep(10)
  }
}

it(
  'deadlock_is_conflict: bookings that deadlocked with SQL by hand came later, on PostgreSQL',
  () =>
    contend(async (system, car, { sql, insert }) => {
      const book = (span: typeof early) => system.send('POST', `${car}/allocations`, { body: span })
      await sql`BEGIN`
      await insert(late)
      // One statement for both: it has the early one when it waits for ours, which waits for that.
      const answers = Promise.all([book(early), book(late)])
      await untilOtherWaits(sql)
      await insert(early)
      await sql`COMMIT`
      expect((await answers).map(({ status }) => status)).toEqual([409, 409])
      expect(await sql`SELECT created_by FROM allocations`).toHaveLength(2)
    }),
  timeout_ms,
)

it(
  'retires a car though its bookings deadlocked with SQL by hand',
  () =>
    contend(async (system, car, { sql, insert }) => {
      await insert(early)
      await sql`BEGIN`
      await insert(late)
      // It has removed the early one when it waits for ours, which waits for that.
      const answer = system.send('DELETE', `${car}?allocations=cancel`)
      await untilOtherWaits(sql)
      await sql`UPDATE allocations SET description = 'mine'
        WHERE from_datetime = ${early.from_datetime}`
      await sql`COMMIT`
      expect((await answer).status).toBe(204)
      const left = await sql`SELECT allocation_type FROM allocations`
      expect(left.map((row) => row.allocation_type)).toEqual(['decommissioned'])
    }),
  timeout_ms,
)

it.each([
  ['the look for free time', 'waitlist_turns IN EXCLUSIVE MODE'],
  ['reading it again', 'resources IN ACCESS EXCLUSIVE MODE'],
])(
  'keeps a place in the queue though %s failed, and serves it later',
  (_, locked) =>
    contend(async (system, __, { sql }) => {
      await sql`BEGIN`
      await sql.unsafe(`LOCK TABLE ${locked}`)
      const body = { type: 'Car', ...early }
      const joined = await system.send('POST', '/api/waitlist', { body })
      expect(joined.status).toBe(201)
      const told = (await joined.json()) as WaitlistEntry
      expect(told.status).toBe('waiting')
      await sql`ROLLBACK`
      system.startTasks()
      let now = told
      for (let turn = 0; turn < 100 && now.status === 'waiting'; turn++) {
        await Bun.sleep(100)
        const entry = await system.send('GET', `/api/waitlist/${told.id}`)
        if (entry.status === 200) now = (await entry.json()) as WaitlistEntry
      }
      const { allocation } = now
      expect(now).toEqual({ ...told, status: 'served', position: null, allocation })
    }),
  timeout_ms,
)
