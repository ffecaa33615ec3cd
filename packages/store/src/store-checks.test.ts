import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it, setDefaultTimeout } from 'bun:test'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores, type TestDatabase } from '../../../shared/testing/describe-stores.ts'
import { createStores } from './open.ts'
import { openReader } from './reader.ts'
import { checkPages, checkSchema, isAway } from './store-checks.ts'

setDefaultTimeout(60_000)

const cars = `CREATE TABLE fleets (id INTEGER PRIMARY KEY);
  CREATE TABLE cars (id INTEGER PRIMARY KEY, name TEXT, fleet INTEGER REFERENCES fleets (id));
  CREATE INDEX by_name ON cars (name);`
const notes = 'CREATE TABLE notes (text TEXT);'

describe('a database that cannot be checked now', () => {
  const fault = (code: string) => Object.assign(new Error(code), { code })

  it('is locked or gone, and its data are not damaged', () => {
    for (const code of ['SQLITE_BUSY', '57014', 'ECONNREFUSED', '57P01', 'SQLITE_CANTOPEN']) {
      expect([code, isAway(fault(code))]).toEqual([code, true])
    }
  })

  it('is another than one whose sectors or pages cannot be read', () => {
    const damage = ['SQLITE_IOERR_READ', 'SQLITE_IOERR_VNODE', 'SQLITE_CORRUPT', 'XX001', '53100']
    for (const code of damage) expect([code, isAway(fault(code))]).toEqual([code, false])
    expect(isAway(new Error('anything else'))).toBe(false)
  })
})

describeStores('a look into the store', (makeDatabase) => {
  let folder: string
  let database: TestDatabase
  let url: string
  let count = 0

  async function writeMigrations(name: string, files: Record<string, string>): Promise<void> {
    for (const dialect of ['sqlite', 'postgres']) {
      for (const [file, text] of Object.entries(files)) {
        await Bun.write(join(folder, name, dialect, file), text)
      }
    }
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campus-checks-'))
    database = await makeDatabase()
    await writeMigrations('ours', { '0001_cars.sql': cars, '0002_notes.sql': notes })
    await writeMigrations('older', { '0001_cars.sql': cars })
  })
  afterAll(async () => {
    await database.remove()
    await rm(folder, { recursive: true })
  })
  beforeEach(async () => {
    url = database.url.replace('{service}', `cars${++count}`)
    const stores = createStores()
    await (await stores.open(url)).migrate(join(folder, 'ours'))
    await stores.close()
  })
  const change = (text: string) => changeByHand(url, text)
  const schema = (name = 'ours') => Array.fromAsync(checkSchema(url, join(folder, name)))
  async function pages() {
    const reader = openReader(url)
    const said: string[] = []
    try {
      const found = await Array.fromAsync(checkPages(reader, (text) => said.push(text)))
      return { found, said }
    } finally {
      await reader.close()
    }
  }

  /** Like a disk that loses what is at the beginning of a table or an index of SQLite. */
  async function overwrite(name: string, at: number, bytes: Uint8Array): Promise<void> {
    const file = url.slice('sqlite:'.length)
    const opened = new Database(file, { readwrite: true })
    opened.run('PRAGMA wal_checkpoint(TRUNCATE)')
    const [root] = opened
      .query('SELECT rootpage FROM sqlite_schema WHERE name = ?')
      .values(name)
      .flat()
    opened.close()
    const handle = await open(file, 'r+')
    await handle.write(bytes, 0, bytes.length, (Number(root) - 1) * 4096 + at)
    await handle.close()
  }

  it('finds nothing where nothing is wrong', async () => {
    await change(`INSERT INTO fleets VALUES (1); INSERT INTO cars VALUES (1, 'a', 1)`)
    expect(await schema()).toEqual([])
    expect((await pages()).found).toEqual([])
  })

  it('finds a changed schema, and a migration that is not recorded', async () => {
    await change('DROP INDEX by_name')
    expect(await schema()).toEqual(['index by_name is missing'])
    await change(`DELETE FROM migrations WHERE name = '0001_cars.sql'`)
    expect(await schema()).toEqual([
      'migration 0001_cars.sql is not recorded as applied',
      'index by_name is missing',
    ])
  })

  it('leaves the schema of a newer version to that version', async () => {
    expect(await schema('older')).toEqual([])
    await change('DROP INDEX by_name')
    expect(await schema('older')).toEqual([])
  })

  it('says what else could be looked at on PostgreSQL, until it can', async () => {
    const { found, said } = await pages()
    if (url.startsWith('sqlite:')) return expect([found, said]).toEqual([[], []])
    expect(said).toEqual(['CREATE EXTENSION amcheck to look into indexes as well'])
    await change('CREATE EXTENSION amcheck')
    await change(`INSERT INTO cars VALUES (1, 'a', NULL)`)
    expect(await pages()).toEqual({ found: [], said: [] })
  })

  it('finds rows that refer to nothing on SQLite, and damaged pages, and goes on', async () => {
    if (!url.startsWith('sqlite:')) return
    await change('PRAGMA foreign_keys = 0; INSERT INTO cars VALUES (1, 0, 7), (2, 0, 8)')
    const lost = 'cars: 2 rows refer to rows that are not there'
    expect((await pages()).found).toEqual([lost])
    await overwrite('notes', 0, new Uint8Array(100).fill(0xa5))
    const { found } = await pages()
    expect(found.toSorted()).toEqual([lost, 'notes: database disk image is malformed'])
  })

  it('finds an index of SQLite that lacks a row', async () => {
    if (!url.startsWith('sqlite:')) return
    await change(`INSERT INTO cars VALUES (1, 'a', NULL)`)
    // How many there are on the page.
    await overwrite('by_name', 3, new Uint8Array(2))
    expect((await pages()).found).toContain('row 1 missing from index by_name')
  })
})
