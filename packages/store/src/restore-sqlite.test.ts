import { Database } from 'bun:sqlite'
import { beforeEach, describe, expect, it, onTestFinished } from 'bun:test'
import { chmodSync, existsSync, statSync } from 'node:fs'
import { cp, mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backUpDatabase, openRestoreTarget } from './backup.ts'

// So small a cache that pages are in the file before the commit, the former ones in its journal.
const killedWhileItWrites = `
  const { Database } = require('bun:sqlite')
  const database = new Database(process.argv.at(-1))
  database.run('PRAGMA cache_size = 1')
  database.run('BEGIN IMMEDIATE')
  database.run("UPDATE restores SET state = 'finished'")
  database.run('CREATE TABLE notes AS SELECT zeroblob(1000) AS text')
  for (let turn = 0; turn < 10; turn++) database.run('INSERT INTO notes SELECT * FROM notes')
  process.kill(process.pid, 'SIGKILL')`

const killIt = (file: string) =>
  Bun.spawn([process.execPath, '-e', killedWhileItWrites, file]).exited

it('a restore killed within a commit continues from before that commit', async () => {
  await using ends = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'campus-restore-'))
  ends.defer(() => rm(folder, { recursive: true }))
  const [file, saved] = [join(folder, 'notes.sqlite'), join(folder, 'saved.sqlite')]
  const target = openRestoreTarget(`sqlite:${file}`)

  await target.begin('first')
  await killIt(file)
  expect(existsSync(`${file}-journal`)).toBe(true)
  expect(await target.state('first')).toBe('begun')

  // While it marked the copy that it loads.
  await openRestoreTarget(`sqlite:${saved}`).begin('earlier')
  using database = new Database(saved)
  database.run('CREATE TABLE migrations (name TEXT, hash TEXT)')
  const backup = await backUpDatabase(`sqlite:${saved}`, join(folder, 'copy'))
  await cp(saved, `${file}.restored`)
  await killIt(`${file}.restored`)
  expect(existsSync(`${file}.restored-journal`)).toBe(true)
  await target.load({ id: 'first', folder: join(folder, 'copy'), migrations: '', backup })
  expect(await target.state('first')).toBe('filled')

  await killIt(file)
  await target.finish('first')
  expect(await target.state('first')).toBe('finished')
})

describe('a SQLite file to restore into', () => {
  let folder: string
  let file: string
  let target: ReturnType<typeof openRestoreTarget>
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campus-restore-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    file = join(folder, 'data', 'notes.sqlite')
    target = openRestoreTarget(`sqlite:${file}`)
  })
  const run = (path: string, text: string) => {
    using database = new Database(path)
    database.run(text)
  }
  const read = (text: string) => {
    using database = new Database(file, { readonly: true })
    return database.query(text).values()
  }
  /** A copy of a database that came from a restore itself. */
  async function backUp() {
    const saved = join(folder, 'saved.sqlite')
    run(
      saved,
      `CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('a'), ('b');
       CREATE TABLE migrations (name TEXT, hash TEXT);
       CREATE TABLE restores (backup TEXT PRIMARY KEY, state TEXT NOT NULL);
       INSERT INTO restores VALUES ('earlier', 'finished')`,
    )
    const copy = join(folder, 'copy')
    return {
      id: 'b',
      folder: copy,
      migrations: '',
      backup: await backUpDatabase(`sqlite:${saved}`, copy),
    }
  }

  it('is empty without a file, without bytes, and without tables', async () => {
    expect(await target.state('b')).toBe('empty')
    expect(existsSync(file)).toBe(false)
    await target.begin('b')
    await truncate(file)
    expect(await target.state('b')).toBe('empty')
    run(file, 'CREATE TABLE notes (text TEXT)')
    expect(await target.state('b')).toBe('other')
    run(file, 'DROP TABLE notes')
    expect(await target.state('b')).toBe('empty')
  })

  it('is marked from the beginning, for this backup only, and private', async () => {
    await target.begin('b')
    expect([await target.state('b'), await target.state('c')]).toEqual(['begun', 'other'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('is no longer the database that was there before', async () => {
    await target.begin('b')
    await Bun.write(`${file}-marker`, 'of another one')
    await target.begin('b')
    expect(existsSync(`${file}-marker`)).toBe(false)
  })

  it('has all rows of the copy, and the record of this restore only', async () => {
    const options = await backUp()
    await target.begin('b')
    // Whoever brought the copy here.
    chmodSync(join(options.folder, 'database.sqlite'), 0o644)
    // Of the process that served it before.
    await Bun.write(`${file}-wal`, 'a log')
    expect(await target.load(options)).toEqual({ migrations: 0, notes: 2 })
    expect(await readdir(join(folder, 'data'))).toEqual(['notes.sqlite'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(read('SELECT text FROM notes ORDER BY text')).toEqual([['a'], ['b']])
    expect(read('SELECT backup, state FROM restores')).toEqual([['b', 'filled']])
  })

  it('stays marked if the last statement fails, and is done once it succeeds', async () => {
    await target.begin('b')
    await target.load(await backUp())
    await expect(target.finish('b', 'DELETE FROM missing')).rejects.toThrow('no such table')
    expect(await target.state('b')).toBe('filled')
    await target.finish('b', "DELETE FROM notes WHERE text = 'a'")
    expect(await target.state('b')).toBe('finished')
    expect(read('SELECT text FROM notes')).toEqual([['b']])
  })

  it('is not made by the end of a restore that never began', async () => {
    await expect(target.finish('b')).rejects.toThrow('unable to open')
    expect(existsSync(file)).toBe(false)
  })

  it('keeps what it has if the copy is damaged', async () => {
    const options = await backUp()
    await target.begin('b')
    await truncate(join(options.folder, 'database.sqlite'), 5000)
    await expect(target.load(options)).rejects.toThrow()
    expect(await target.state('b')).toBe('begun')
  })
})
