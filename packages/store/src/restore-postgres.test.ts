import {
  afterAll,
  beforeAll,
  describe,
  expect,
  it,
  onTestFinished,
  setDefaultTimeout,
} from 'bun:test'
import { sql } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { makePostgres, type TestDatabase } from '../../../shared/testing/describe-stores.ts'
import { backUpDatabase, openRestoreTarget } from './backup.ts'
import { createStores } from './open.ts'

setDefaultTimeout(60_000)

const sqlite = `
  CREATE TABLE kinds (number INTEGER PRIMARY KEY, name TEXT);
  INSERT INTO kinds (name) VALUES ('by the migration');
  CREATE TABLE cars (id BLOB PRIMARY KEY, kind INTEGER REFERENCES kinds, row INTEGER,
    created INTEGER, transaction_made INTEGER, made_transaction INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE log (number INTEGER PRIMARY KEY, text TEXT);
  CREATE TRIGGER logged AFTER INSERT ON cars BEGIN INSERT INTO log (text) VALUES ('new'); END;`
const postgres = `
  CREATE TABLE kinds (number integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text);
  INSERT INTO kinds (name) VALUES ('by the migration');
  CREATE TABLE cars (id uuid PRIMARY KEY, kind integer REFERENCES kinds, row serial,
    created timestamptz, transaction_made integer,
    made_transaction bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint);
  CREATE TABLE log (number integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, text text);
  CREATE FUNCTION log_car() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO log (text) VALUES ('new'); RETURN NULL; END $$;
  CREATE TRIGGER logged AFTER INSERT ON cars FOR EACH ROW EXECUTE FUNCTION log_car();`
const both = (name: string, text: string) => ({
  [`sqlite/${name}`]: text,
  [`postgres/${name}`]: text,
})
const old = {
  'sqlite/0001_cars.sql': sqlite,
  'postgres/0001_cars.sql': postgres,
  'postgres/0002_postgres_only.sql': 'CREATE INDEX by_kind ON cars (kind);',
  ...both('0003_notes.sql', 'CREATE TABLE notes (text TEXT);'),
}
const next = {
  ...old,
  'postgres/0004_postgres_only.sql': 'DROP INDEX by_kind;',
  ...both('0005_newer.sql', 'CREATE TABLE newer (text TEXT);'),
}
const carId = '01890a5d-ac96-774b-bcce-b302099a8057'
const fill = `INSERT INTO kinds (name) VALUES ('by hand');
  INSERT INTO kinds (name) VALUES ('gone'); DELETE FROM kinds WHERE name = 'gone';
  INSERT INTO cars (id, kind, row, created, transaction_made)
  VALUES (%id, (SELECT max(number) FROM kinds), 40, %created, 7)`
const fillOf = {
  sqlite: fill.replace('%id', `x'${carId.replaceAll('-', '')}'`).replace('%created', '1000'),
  postgres: fill.replace('%id', `'${carId}'`).replace('%created', `'1970-01-01T00:00:01Z'`),
}

let folder: string
let database: TestDatabase
let schemas = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campus-restore-'))
  database = await makePostgres()
  for (const [name, files] of Object.entries({ old, next })) {
    for (const [path, text] of Object.entries(files)) {
      await Bun.write(join(folder, name, path), text)
    }
  }
})
afterAll(async () => {
  await database.remove()
  await rm(folder, { recursive: true })
})

const openPostgres = () => database.url.replace('{service}', `cars${++schemas}`)
const openSqlite = () => `sqlite:${folder}/cars${++schemas}.sqlite`

async function migrate(url: string, version: 'old' | 'next') {
  const stores = createStores()
  try {
    await (await stores.open(url)).migrate(join(folder, version))
  } finally {
    await stores.close()
  }
}

describe.each(['sqlite', 'postgres'] as const)('a backup of %s in PostgreSQL', (dialect) => {
  async function backUp() {
    const source = dialect === 'sqlite' ? openSqlite() : openPostgres()
    await migrate(source, 'old')
    await changeByHand(source, fillOf[dialect])
    const copy = await mkdtemp(join(folder, 'copy-'))
    const backup = await backUpDatabase(source, copy)
    return { id: 'b', folder: copy, migrations: join(folder, 'next'), backup }
  }

  it('is as it was, its counters go on, and triggers work again', async () => {
    const options = await backUp()
    const url = openPostgres()
    const target = openRestoreTarget(url)
    await target.begin('b')
    const rows = await target.load(options)
    expect(rows).toEqual({ kinds: 2, cars: 1, log: 1, notes: 0, migrations: 3 })
    expect(await target.state('b')).toBe('filled')
    await target.finish('b')
    const stores = createStores()
    onTestFinished(stores.close)
    const store = await stores.open(url)
    const read = async (text: string) =>
      (await store.rows<object>(sql.raw(text))).map(Object.values)
    expect(await read('SELECT number, name FROM kinds ORDER BY number')).toEqual([
      [1, 'by the migration'],
      [2, 'by hand'],
    ])
    const cars = `SELECT id::text, kind, row, extract(epoch FROM created)::int, transaction_made,
      made_transaction::int FROM cars ORDER BY row`
    expect(await read(cars)).toEqual([[carId, 2, 40, 1, 7, 0]])
    const applied = 'SELECT name FROM migrations ORDER BY name'
    const names = ['0001_cars.sql', '0002_postgres_only.sql', '0003_notes.sql']
    expect(await read(applied)).toEqual(names.map((name) => [name]))

    await store.migrate(join(folder, 'next'))
    expect(await read(applied)).toHaveLength(5)
    await changeByHand(
      url,
      `INSERT INTO kinds (name) VALUES ('later'); INSERT INTO cars (id) VALUES (gen_random_uuid())`,
    )
    expect(await read("SELECT number FROM kinds WHERE name = 'later'")).toEqual([[3]])
    expect(await read('SELECT row FROM cars WHERE kind IS NULL')).toEqual([[41]])
    expect(await read('SELECT number FROM log ORDER BY number')).toEqual([[1], [2]])
  })
})

describe('a PostgreSQL to restore into', () => {
  it('is empty without tables, and other with the tables of somebody else', async () => {
    const url = openPostgres()
    const target = openRestoreTarget(url)
    expect(await target.state('b')).toBe('empty')
    const schema = `cars${schemas}`
    await changeByHand(url, `CREATE SCHEMA ${schema}; CREATE VIEW ${schema}.seen AS SELECT 1`)
    expect(await target.state('b')).toBe('empty')
    await changeByHand(url, `CREATE TABLE ${schema}.own (id integer)`)
    expect(await target.state('b')).toBe('other')
  })

  it('may be a database of its own', async () => {
    const target = openRestoreTarget(database.url.replace(/\?.*/, ''))
    await target.begin('b')
    expect(await target.state('b')).toBe('begun')
  })

  it('is marked from the beginning, for this backup only', async () => {
    const url = openPostgres()
    const target = openRestoreTarget(url)
    await target.begin('b')
    expect([await target.state('b'), await target.state('c')]).toEqual(['begun', 'other'])
    await expect(migrate(url, 'old')).rejects.toThrow('was not finished')
  })

  it('stays marked if the last statement fails, and is served once it succeeds', async () => {
    const url = openPostgres()
    const target = openRestoreTarget(url)
    await target.begin('b')
    await expect(target.finish('b', 'DELETE FROM nothing')).rejects.toThrow('does not exist')
    expect(await target.state('b')).toBe('begun')
    await target.finish('b', "INSERT INTO restores VALUES ('x', 'finished')")
    expect([await target.state('b'), await target.state('x')]).toEqual(['finished', 'finished'])
    await migrate(url, 'old')
  })
})
