import { Database } from 'bun:sqlite'
import { expect, it, onTestFinished } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openConnection } from './sqlite-connection.ts'

// What another process does with the file when ours opens it. `BEGIN IMMEDIATE` is what one does
// that migrates, and the one for which SQLite would not wait.
const holds = ['BEGIN; SELECT count(*) FROM things', 'BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE']

it.each(holds)('waits for a file that another process has in %s', async (hold) => {
  const folder = await mkdtemp(join(tmpdir(), 'campus-connection-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'test.sqlite')
  const database = new Database(file)
  database.run('CREATE TABLE things (id INTEGER)')
  database.close()
  const script = `
    const { Database } = await import('bun:sqlite')
    const database = new Database(${JSON.stringify(file)})
    for (const statement of ${JSON.stringify(hold.split('; '))}) database.query(statement).all()
    console.log('held')
    await Bun.sleep(200)
    database.run('COMMIT')`
  const other = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' })
  for await (const _ of other.stdout) break
  const connection = openConnection(file, { readonly: false })
  expect(connection.query('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  connection.close()
  expect(await other.exited).toBe(0)
})
