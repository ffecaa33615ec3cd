import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { prunableEvents } from './events.ts'
import { inventoryTables } from './tables.ts'
import { prunableIdempotencyKeys } from '../../shared/idempotency.ts'
import { locateFile } from '../../shared/program.ts'
import { pruneRows, readOverdue } from '../../shared/host/prune.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { startForTest } from '../testing/system.ts'
import { hour_ms } from '../../shared/duration.ts'

const old = 3000
const young = 20

describeStores('pruning', (makeDatabase) => {
  async function open() {
    const ends = new AsyncDisposableStack()
    const database = await makeDatabase()
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

  it('reports its delay in the metrics', async () => {
    const system = await startForTest(makeDatabase, { parts: ['gateway', 'users', 'inventory'] })
    const readLate = async () => {
      const text = await (await system.send('GET', '/metrics')).text()
      const gauge =
        /^campus_prune_overdue_seconds\{database="inventory",rows="idempotency keys"\} (.+)$/m
      return Number(gauge.exec(text)?.[1])
    }
    expect(await readLate()).toBe(0)
    const isSqlite = system.databaseUrl.startsWith('sqlite')
    const created = isSqlite ? '1' : 'to_timestamp(0)'
    const columns = 'key, request_hash, answer, created'
    await changeByHand(
      system.databaseUrl,
      `INSERT INTO idempotency_keys (${columns}) VALUES ('a', 'h', '{}', ${created})`,
    )
    expect(await readLate()).toBeGreaterThan(365 * 24 * 3600)
    await system.close()
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
