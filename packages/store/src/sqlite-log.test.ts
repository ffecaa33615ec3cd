import { Database } from 'bun:sqlite'
import { expect, it, onTestFinished } from 'bun:test'
import { sql } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStores } from './open.ts'
import type { Store } from './store.ts'

// More than the log may hold before it counts as long: 100 MB.
const manyRows = 1000
const row_bytes = 100_000

it('checkpoints a long log while others write, and restarts it', async () => {
  const { file, store } = await openThings()
  await fill(store, manyRows)
  const { log, checkpointed } = readLog(file)
  expect(checkpointed).toBe(0)
  const writes: Promise<boolean>[] = []
  let isKept = false
  const kept = store.keepLogShort().then(() => (isKept = true))
  while (!isKept) {
    writes.push(fill(store, 1))
    await writes.at(-1)
  }
  await kept
  expect(writes.length).toBeGreaterThan(5)
  await fill(store, 1)
  expect(readLog(file).log).toBeLessThan(log / 2)
})

it('truncates the log once nobody writes, and not before', async () => {
  const { file, store } = await openThings()
  for (let look = 0; look < 20; look++) {
    await fill(store, 1)
    await store.keepLogShort()
  }
  expect(Bun.file(`${file}-wal`).size).toBeGreaterThan(20 * row_bytes)
  for (let look = 0; look < 10; look++) await store.keepLogShort()
  expect(Bun.file(`${file}-wal`).size).toBe(0)
  expect(Bun.file(file).size).toBeGreaterThan(20 * row_bytes)
})

it('restarts it after two minutes, however short it is, despite writers', async () => {
  const { file, store } = await openThings()
  for (let second = 0; second < 100; second++) {
    await fill(store, 1)
    await store.keepLogShort()
  }
  const { log } = readLog(file)
  for (let second = 100; second < 130; second++) {
    await fill(store, 1)
    await store.keepLogShort()
  }
  expect(readLog(file).log).toBeLessThan(log)
})

it('does not make writers wait for long readers', async () => {
  const { file, store } = await openThings()
  using reader = new Database(file, { readonly: true })
  reader.run('BEGIN')
  reader.query('SELECT count(*) FROM things').get()
  await fill(store, manyRows)
  for (let look = 0; look < 10; look++) await store.keepLogShort()
  expect(await fill(store, 1)).toBe(true)
  expect(reader.query('SELECT count(*) AS count FROM things').get()).toEqual({ count: 0 })
})

async function openThings() {
  const folder = await mkdtemp(join(tmpdir(), 'campus-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'things.sqlite')
  const stores = createStores()
  onTestFinished(stores.close)
  const store = await stores.open(`sqlite:${file}`)
  await Bun.write(join(folder, 'migrations/sqlite/0001.sql'), 'CREATE TABLE things (bytes BLOB);')
  await store.migrate(join(folder, 'migrations'))
  await store.claim()
  return { file, store }
}

function fill(store: Store, rows: number): Promise<boolean> {
  return store.atomically([
    sql`INSERT INTO things WITH RECURSIVE numbers(n) AS (
      SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows})
      SELECT randomblob(${row_bytes}) FROM numbers`,
  ])
}

function readLog(file: string) {
  using database = new Database(file, { readwrite: true })
  return database.query('PRAGMA wal_checkpoint(NOOP)').get() as {
    log: number
    checkpointed: number
  }
}
