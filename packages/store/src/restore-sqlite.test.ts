import { Database } from 'bun:sqlite'
import { expect, it } from 'bun:test'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
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
