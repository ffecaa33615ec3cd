import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { prunableEvents } from './events.ts'
import { inventoryTables } from './tables.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { locateFile } from '../../shared/program.ts'
import { pruneRows, readOverdue } from '../../shared/host/prune.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { WaitlistEntry } from '../../shared/schemas/waitlist.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { day_ms, hour_ms } from '../../shared/duration.ts'

const old = 3000
const young = 20

describeStores('pruning', (makeDatabase) => {
  async function open() {
    const ends = new AsyncDisposableStack()
    const database = await makeDatabase({ migrated: true })
    ends.defer(database.remove)
    const statements: string[] = []
    const stores = createStores((text, run) => {
      statements.push(text)
      return run()
    })
    ends.defer(stores.close)
    const store = await stores.open(database.url.replace('{service}', 'inventory'))
    await store.migrate(locateFile('services/inventory/migrations'))
    const { events, idempotency_keys } = inventoryTables(store.columns)
    const now = Date.now()
    /** Rows of so many ages; the last one is the newest. */
    const age = (index: number) => (index < old ? 25 : 23) * hour_ms + (old - index) * 10
    const rows = Array.from({ length: old + young }, (_, index) => now - age(index))
    for (let at = 0; at < rows.length; at += 1000) {
      const part = rows.slice(at, at + 1000)
      await store.db.insert(idempotency_keys).values(
        part.map((created) => ({
          key: Bun.randomUUIDv7(),
          request_hash: 'h',
          answer: '{}',
          created,
        })),
      )
    }
    const createOld = (count: number, hours: number) =>
      store.atomically([
        sql`INSERT INTO events (kind, resource_number, happened)
          WITH RECURSIVE numbers(n) AS (
            SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${sql.raw(String(count))})
          SELECT 'resource.changed', 1, ${sql.param(now - hours * hour_ms, events.happened)}
          FROM numbers`,
      ])
    const keys = prunableIdempotencyKeys(store)
    return {
      ends,
      store,
      now,
      statements,
      keys,
      events: prunableEvents({ CHANGES_DAYS: 1 }, inventoryTables(store.columns)),
      createOld,
      count: (table: typeof events | typeof idempotency_keys) => store.db.$count(table),
      tables: { events, idempotency_keys },
    }
  }

  it('keeps young rows, and removes old ones in batches', async () => {
    const { ends, store, now, statements, keys, count, tables } = await open()
    await using _ = ends
    expect(await readOverdue(store, now, keys)).toBeGreaterThan(3600)
    statements.length = 0
    let isDone = false
    const done = pruneRows(store, now, keys).then(() => (isDone = true))
    // Others write meanwhile: with one statement for all, none of these would be before the end.
    let between = 0
    while (!isDone) {
      await store.db.delete(tables.events).where(sql`false`)
      if (!isDone) between++
    }
    await done
    const deletes = statements.filter((text) => /^delete from "idempotency_keys"/i.test(text))
    expect(deletes.length).toBeGreaterThan(old / 1000)
    expect(between).toBeGreaterThan(2)
    expect(await count(tables.idempotency_keys)).toBe(young)
    expect(await readOverdue(store, now, keys)).toBe(0)
  })

  describe('in the metrics', () => {
    let system: TestSystem
    beforeAll(async () => {
      system = await startForTest(makeDatabase, { parts: ['gateway', 'users', 'inventory'] })
    })
    afterAll(() => system.close())

    const readLate = async (rows: string) => {
      const text = await (await system.send('GET', '/metrics')).text()
      const gauge = `campus_prune_overdue_seconds{database="inventory",rows="${rows}"} `
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(gauge))
          ?.slice(gauge.length),
      )
    }
    const ago = (time_ms: number) => {
      const time = Date.now() - time_ms
      return system.databaseUrl.startsWith('sqlite') ? time : `to_timestamp(${time / 1000})`
    }

    it('reports its delay', async () => {
      expect(await readLate('idempotency keys')).toBe(0)
      const columns = 'key, request_hash, answer, created'
      const values = `'a', 'h', '{}', ${ago(400 * day_ms)}`
      const text = `INSERT INTO idempotency_keys (${columns}) VALUES (${values})`
      await changeByHand(system.databaseUrl, text)
      expect(await readLate('idempotency keys')).toBeGreaterThan(365 * 24 * 3600)
    })

    it('keeps what the waiting list had for a month', async () => {
      const send = async (path: string, body: object) =>
        (await (await system.send('POST', path, { body })).json()) as Resource & WaitlistEntry
      const { id: resource_id } = await send('/api/cars', { name: 'Free' })
      const span = { from_datetime: '2035-01-01T08:00Z', to_datetime: '2035-01-01T09:00Z' }
      expect((await send('/api/waitlist', { resource_id, ...span })).status).toBe('served')
      const late: number[] = []
      for (const days of [29, 31]) {
        await changeByHand(
          system.databaseUrl,
          `UPDATE waitlist SET closed = ${ago(days * day_ms)} WHERE closed IS NOT NULL`,
        )
        late.push(await readLate('waiting list'))
      }
      expect(late).toEqual([0, expect.closeTo(24 * 3600, -3)])
    })
  })

  it('never removes the newest event, and skips young ones among the old', async () => {
    const { ends, store, now, events, createOld, count, tables } = await open()
    await using _ = ends
    await createOld(100, 1)
    await createOld(2000, 25)
    await pruneRows(store, now, events)
    expect(await count(tables.events)).toBe(101)
    await pruneRows(store, now + 48 * hour_ms, events)
    expect(await count(tables.events)).toBe(1)
    expect(await readOverdue(store, now + 48 * hour_ms, events)).toBe(0)
  })
})
