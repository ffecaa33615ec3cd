import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BatchStatement } from './batch.ts'
import type { BundleStatement } from './bundle.ts'
import type { Migration } from './migration.ts'
import { openWriter, startThread, type Writer } from './sqlite-writer.ts'

const statement: BatchStatement = {
  input: { user: 'text', place: 'integer' },
  into: 'seats (user, place)',
  select: 'SELECT user, place FROM input WHERE true',
  order: 'user',
}
const bundleStatement: BundleStatement = {
  ...statement,
  alternatives: ['place'],
  routine: 'on PostgreSQL only',
}
const seats = `CREATE TABLE seats (user TEXT CHECK (user <> ''), place INTEGER UNIQUE, signer TEXT);
  CREATE TABLE idempotency_keys (key, request_hash, answer, created);
  CREATE TABLE notes (number INTEGER UNIQUE, text TEXT);
  CREATE TABLE signatures (signed_by TEXT NOT NULL);
  CREATE TRIGGER signed AFTER INSERT ON seats BEGIN
    UPDATE seats SET signer = (SELECT signed_by FROM signatures) WHERE place = NEW.place;
  END`
const toMigration = (name: string, text: string): Migration => ({ name, text, hash: text })

const row = (user: string, place: number) => JSON.stringify([{ values: [user, place] }])
const slot = (user: string, ...places: number[]) => {
  const slots = [{ values: [user, null], alternatives: places.map((place) => [place]) }]
  return JSON.stringify([{ slots, needsAll: true }])
}
const insert = (user: string, place: number) => ({
  text: 'INSERT INTO seats (user, place) VALUES (?, ?)',
  params: [user, place],
})
const nobody = { text: "DELETE FROM seats WHERE user = 'nobody'", params: [] }

let thread: Worker
let file: string
let writer: Writer

beforeAll(() => {
  thread = startThread(() => {})
})
afterAll(() => thread.terminate())
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'campus-worker-'))
  onTestFinished(async () => {
    await writer.stop()
    rmSync(folder, { recursive: true })
  })
  file = join(folder, 'a.sqlite')
  writer = await openWriter(thread, file)
  await writer.ask('migrate', [toMigration('1', seats)])
})

const taken = async () => {
  const text = "SELECT user || place || coalesce(' by ' || signer, '') FROM seats ORDER BY place"
  return (await writer.ask('write', { text, params: [] })).flat()
}
/** A change by somebody else, as an operator would make it. */
function changeByHand(text: string): void {
  using database = new Database(file, { readwrite: true })
  database.run('PRAGMA busy_timeout = 5000')
  database.run(text)
}
/** Frames of the log that end a commit: each has waited for the disk. */
function countCommits(): number {
  const log = readFileSync(`${file}-wal`)
  const frame = 24 + 4096
  const frames = Array.from({ length: Math.floor((log.length - 32) / frame) }, (_, at) => at)
  return frames.filter((at) => log.readUInt32BE(32 + at * frame + 4) > 0).length
}

/** What becomes of tasks that arrive while the thread waits for a lock, and in how many commits. */
async function together(send: () => Promise<unknown>[]) {
  const other = new Database(file, { readwrite: true })
  other.run('BEGIN IMMEDIATE')
  // It waits, and then empties the log.
  const waits = writer.ask('identify')
  await Bun.sleep(30)
  const sent = Promise.allSettled(send())
  other.run('ROLLBACK')
  other.close()
  await waits
  const settled = await sent
  const ends = settled.map((end) => (end.status === 'fulfilled' ? end.value : end.reason.code))
  return { ends, commits: countCommits() }
}

describe('tasks that arrive during a commit', () => {
  let batch: number
  let bundle: number
  beforeEach(async () => {
    batch = await writer.ask('prepare', statement)
    bundle = await writer.ask('prepareBundle', bundleStatement)
  })

  it('share the next one', async () => {
    const { ends, commits } = await together(() => [
      writer.ask('batch', batch, row('a', 1)),
      writer.ask('bundles', bundle, slot('b', 1, 2)),
      writer.ask('write', insert('c', 3)),
      writer.ask('atomically', [insert('d', 4)]),
    ])
    expect(ends).toEqual([[true], [[[0, 1]]], [], true])
    expect(await taken()).toEqual(['a1', 'b2', 'c3', 'd4'])
    expect(commits).toBe(1)
  })

  it('are answered in order, also those that share none', async () => {
    const { ends, commits } = await together(() => [
      writer.ask('write', insert('a', 1)),
      writer.ask('write', insert('b', 2)),
      writer.ask('prepare', statement),
      writer.ask('prepare', statement),
      writer.ask('write', { text: 'SELECT place FROM seats ORDER BY 1', params: [] }),
      writer.ask('write', insert('c', 3)),
    ])
    expect(ends).toEqual([[], [], batch + 1, batch + 2, [[1], [2]], []])
    expect(commits).toBe(2)
  })

  it('lose only what fails or changes nothing', async () => {
    const { ends, commits } = await together(() => [
      writer.ask('write', insert('a', 1)),
      writer.ask('write', insert('b', 1)),
      writer.ask('atomically', [insert('c', 2), nobody]),
      writer.ask('atomically', [insert('d', 3), insert('', 4)]),
      writer.ask('atomically', [nobody, insert('e', 5)]),
    ])
    const [unique, check] = ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_CHECK']
    expect(ends).toEqual([[], unique, false, check, true])
    expect(await taken()).toEqual(['a1', 'e5'])
    expect(commits).toBe(1)
  })

  it('are each tried alone after one that rolled back all, as a full disk does', async () => {
    await writer.ask('write', { text: 'PRAGMA max_page_count = 20', params: [] })
    const note = (number: number, text: string) =>
      writer.ask('write', { text: 'INSERT INTO notes VALUES (?, ?)', params: [number, text] })
    const { ends } = await together(() => [
      note(1, 'a'),
      note(2, 'b'.repeat(100_000)),
      note(3, 'c'),
    ])
    expect(ends).toEqual([[], 'SQLITE_FULL', []])
    const text = 'SELECT number FROM notes ORDER BY number'
    expect(await writer.ask('write', { text, params: [] })).toEqual([[1], [3]])
  })

  it('are each tried alone after a batch or a bundle that fails', async () => {
    for (const ask of [
      () => writer.ask('batch', batch, row('', 2)),
      () => writer.ask('bundles', bundle, slot('', 2)),
    ]) {
      const { ends } = await together(() => [
        writer.ask('write', insert('a', 1)),
        ask(),
        writer.ask('write', insert('c', 3)),
      ])
      expect(ends).toEqual([[], 'SQLITE_CONSTRAINT_CHECK', []])
      expect(await taken()).toEqual(['a1', 'c3'])
      await writer.ask('write', { text: 'DELETE FROM seats', params: [] })
    }
  })
})

describe('a list of statements', () => {
  it('of which the last changes nothing leaves nothing behind', async () => {
    expect(await writer.ask('atomically', [insert('a', 1), nobody])).toBe(false)
    expect(await writer.ask('atomically', [nobody, insert('b', 2)])).toBe(true)
    expect(await taken()).toEqual(['b2'])
  })

  it('that fails says why', async () => {
    const fails = writer.ask('atomically', [insert('a', 1), insert('b', 1)])
    expect(await fails.catch((error: unknown) => error)).toMatchObject({
      code: 'SQLITE_CONSTRAINT_UNIQUE',
      message: 'UNIQUE constraint failed: seats.place',
    })
    expect(await taken()).toEqual([])
  })

  it('is signed by whoever signs one of them, and the next one is not', async () => {
    const signed = { ...insert('b', 2), signedBy: 'ann' }
    await writer.ask('atomically', [insert('a', 1), signed])
    await writer.ask('write', { ...insert('c', 3), signedBy: 'bob' })
    await writer.ask('write', insert('d', 4))
    expect(await taken()).toEqual(['a1 by ann', 'b2 by ann', 'c3 by bob', 'd4'])
  })
})

describe('a schema that somebody changed by hand', () => {
  it('stops every write until it is repaired', async () => {
    const batch = await writer.ask('prepare', statement)
    const bundle = await writer.ask('prepareBundle', bundleStatement)
    const all = [
      () => writer.ask('requireSchema'),
      () => writer.ask('batch', batch, row('a', 1)),
      () => writer.ask('bundles', bundle, slot('b', 2)),
      () => writer.ask('write', insert('c', 3)),
      () => writer.ask('atomically', [insert('d', 4)]),
    ]
    changeByHand('CREATE UNIQUE INDEX one_each ON seats (user)')
    for (const ask of all) {
      const error = await ask().catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'SCHEMA_CHANGED' })
    }
    changeByHand('DROP INDEX one_each')
    for (const ask of all) await ask()
    expect(await taken()).toEqual(['a1', 'b2', 'c3', 'd4'])
  })
})

describe('migrations', () => {
  const second = toMigration('2', 'CREATE TABLE more (id INTEGER)')

  it('are applied once', async () => {
    for (let start = 0; start < 2; start++) {
      await writer.ask('migrate', [toMigration('1', seats), second])
    }
    const text = 'SELECT name, hash FROM migrations ORDER BY name'
    const applied = await writer.ask('write', { text, params: [] })
    expect(applied).toEqual([
      ['1', seats],
      ['2', second.hash],
    ])
  })

  it('are refused by a database whose restore was not finished', async () => {
    changeByHand('CREATE TABLE restores (backup TEXT, state TEXT)')
    changeByHand("INSERT INTO restores VALUES ('x', 'filled')")
    const all = [toMigration('1', seats), second]
    await expect(writer.ask('migrate', all)).rejects.toThrow('was not finished')
    changeByHand("UPDATE restores SET state = 'finished'")
    await writer.ask('migrate', all)
  })
})

describe('a database', () => {
  const sizeOfLog = () => statSync(`${file}-wal`).size
  const hold = () => {
    const other = new Database(file, { readwrite: true })
    onTestFinished(() => other.close())
    return other
  }

  it('has a number of its own, the same at every start', async () => {
    const identity = await writer.ask('identify')
    expect(identity).toBeGreaterThan(0)
    expect(await writer.ask('identify')).toBe(identity)
    expect(sizeOfLog()).toBe(0)
    const copy = await openWriter(thread, `${file}.2`)
    expect(await copy.ask('identify')).not.toBe(identity)
    await copy.stop()
  })

  it('is probed by a write that keeps its number', async () => {
    const identity = await writer.ask('identify')
    await writer.ask('probe')
    expect(sizeOfLog()).toBeGreaterThan(0)
    expect(await writer.ask('identify')).toBe(identity)
  })

  it('copies its log without waiting for a read, and then waits for writers again', async () => {
    const other = hold()
    other.run('BEGIN')
    other.query('SELECT count(*) FROM seats').get()
    await writer.ask('write', insert('a', 1))
    const started = performance.now()
    const { log, checkpointed } = await writer.ask('checkpoint', 'TRUNCATE')
    expect(performance.now() - started).toBeLessThan(4000)
    expect(checkpointed).toBeLessThan(log)
    other.run('COMMIT')
    expect(await writer.ask('checkpoint', 'TRUNCATE')).toMatchObject({ log: 0, checkpointed: 0 })
    other.run('BEGIN IMMEDIATE')
    const waits = writer.ask('write', insert('b', 2))
    await Bun.sleep(30)
    other.run('COMMIT')
    await waits
  })

  it('that is closed leaves no log', async () => {
    const other = await openWriter(thread, `${file}.2`)
    await other.ask('migrate', [toMigration('1', seats)])
    await other.ask('prepare', statement)
    await other.ask('prepareBundle', bundleStatement)
    expect(existsSync(`${file}.2-wal`)).toBe(true)
    await other.stop()
    expect(existsSync(`${file}.2-wal`)).toBe(false)
  })
})
