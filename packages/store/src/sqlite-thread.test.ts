import { expect, it, onTestFinished } from 'bun:test'
import { sql } from 'drizzle-orm'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storageFault } from './error.ts'
import { openSqlite } from './sqlite.ts'
import { createReaderThread } from './sqlite-reader.ts'
import { startThread } from './sqlite-writer.ts'
import { untraced } from './trace.ts'

/** A store whose threads can be made to throw: neither expects anything but a port. */
async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'campus-thread-'))
  const ends: string[] = []
  const onEnd = ({ message }: Error) => void ends.push(message)
  const writer = startThread(onEnd)
  const reader = createReaderThread(onEnd)
  const copier = () => startThread(onEnd)
  const file = join(folder, 'a.sqlite')
  const store = await openSqlite({ writer, reader, copier }, file, untraced)
  onTestFinished(async () => {
    writer.terminate()
    reader.stop()
    await rm(folder, { recursive: true })
  })
  await store.db.run(sql`CREATE TABLE things (name TEXT)`)
  return { store, ends, writer, reader, file }
}

/** How a promise ended within a second. */
const outcome = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => 'done', storageFault), Bun.sleep(1000).then(() => 'waits')])

async function endOf(ends: string[]) {
  const until = Date.now() + 10_000
  while (ends.length === 0 && Date.now() < until) await Bun.sleep(5)
}

it('whatever needs a thread that ended fails at once, and its owner is told', async () => {
  const { store, ends, writer } = await open()
  const write = () => outcome(store.atomically([sql`INSERT INTO things VALUES ('a')`]))
  expect(await write()).toBe('done')
  writer.postMessage(null, [])
  await endOf(ends)
  expect(await write()).toBe('unavailable')
  expect(ends).toHaveLength(1)
  expect(await store.rows(sql`SELECT name FROM things`)).toEqual([{ name: 'a' }])
})

it('what it was asked before it ended fails as well', async () => {
  const { store, writer } = await open()
  writer.postMessage(null, [])
  const pending = store.atomically([sql`INSERT INTO things VALUES ('a')`])
  expect(await outcome(pending)).toBe('unavailable')
})

it('a statement that fails is an error of its own, and the next one runs', async () => {
  const { store } = await open()
  const failed = store.atomically([sql`INSERT INTO nothing VALUES ('a')`])
  expect(await failed.then(() => 'done', String)).toContain('nothing')
  expect(await outcome(store.atomically([sql`INSERT INTO things VALUES ('a')`]))).toBe('done')
})

it('a store that is closed leaves no log behind, though its thread goes on', async () => {
  const { store, file } = await open()
  await store.atomically([sql`INSERT INTO things VALUES ('a')`])
  expect(existsSync(`${file}-wal`)).toBe(true)
  await store.close()
  expect(existsSync(`${file}-wal`)).toBe(false)
})

it('so do scans without their thread', async () => {
  const { store, ends, reader } = await open()
  const scan = () => outcome(store.scan('anna').rows(sql`SELECT name FROM things`))
  expect(await scan()).toBe('done')
  reader.worker().postMessage(null, [])
  await endOf(ends)
  expect(await scan()).toBe('unavailable')
  expect(ends).toHaveLength(1)
})
