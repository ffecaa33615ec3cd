import { expect, it, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { backUpDatabase, openRestoreTarget } from './backup.ts'
import { createStores } from './open.ts'
import type { Store } from './store.ts'

setDefaultTimeout(60_000)

const notes = 'CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT NOT NULL);'
// What COPY has to escape, and what takes more than one byte.
const odd = 'tab\t line\n return\r back\\slash \\. ünï 🚗'
// Many more than are copied at once, with gaps.
const count = 30_000

describeStores('a copy of a database', (makeDatabase) => {
  it('has every row of a large table, as it was', async () => {
    await using ends = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'campus-copy-'))
    ends.defer(() => rm(folder, { recursive: true }))
    for (const dialect of ['sqlite', 'postgres']) {
      await mkdir(join(folder, 'migrations', dialect), { recursive: true })
      await Bun.write(join(folder, 'migrations', dialect, '0001_notes.sql'), notes)
    }
    const migrations = join(folder, 'migrations')
    const copies = join(folder, 'copy')
    const open = async () => {
      const database = await makeDatabase()
      ends.defer(database.remove)
      return database.url.replace('{service}', 'notes')
    }
    const use = async <T>(url: string, work: (store: Store) => Promise<T>) => {
      const stores = createStores()
      try {
        return await work(await stores.open(url))
      } finally {
        await stores.close()
      }
    }
    const read = (store: Store) =>
      store.rows<{ number: number; text: string }>(sql`SELECT * FROM notes ORDER BY number`)

    const url = await open()
    const before = await use(url, async (store) => {
      await store.migrate(migrations)
      await store.atomically([
        sql`INSERT INTO notes
          WITH RECURSIVE numbers(number) AS (
            SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ${sql.raw(`${count}`)})
          SELECT number, number || ${odd} FROM numbers`,
      ])
      await store.atomically([sql`DELETE FROM notes WHERE number % 3 = 0`])
      return read(store)
    })
    const backup = await backUpDatabase(url, copies)
    expect(backup.rows.notes).toBe((count / 3) * 2)

    const target = await open()
    const restoring = openRestoreTarget(target)
    expect(await restoring.state('first')).toBe('empty')
    await restoring.begin('first')
    expect(await restoring.state('first')).toBe('begun')
    await restoring.load({ id: 'first', folder: copies, migrations, backup })
    expect(await restoring.state('first')).toBe('filled')
    const early = await use(target, (store) => store.migrate(migrations)).catch(String)
    expect(early).toContain('was not finished')
    await restoring.finish('first', 'DELETE FROM notes WHERE number = 2')
    expect(await restoring.state('first')).toBe('finished')
    expect(await restoring.state('another')).toBe('other')
    await use(target, (store) => store.migrate(migrations))
    const after = await use(target, read)
    expect(after).toEqual(before.filter(({ number }) => number !== 2))
  })
})
