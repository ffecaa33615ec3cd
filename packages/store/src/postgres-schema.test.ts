import { afterAll, beforeAll, beforeEach, describe, expect, it, setDefaultTimeout } from 'bun:test'
import { makePostgres, type TestDatabase } from '../../../shared/testing/describe-stores.ts'
import type { Migration } from './migration.ts'
import { connect, type Connections, type PostgresClient } from './postgres-client.ts'
import { createSchemaGuard, makeSchema, readSchema } from './postgres-schema.ts'
import { compareSchemas, type SchemaObject } from './schema.ts'

setDefaultTimeout(60_000)

const text = `
  CREATE TABLE fleets (id integer PRIMARY KEY);
  CREATE TABLE cars (id integer PRIMARY KEY, gone integer, name text NOT NULL,
    size integer DEFAULT 1 CHECK (size > 0), fleet integer REFERENCES fleets);
  ALTER TABLE cars DROP COLUMN gone;
  CREATE UNIQUE INDEX one_name ON cars (name);
  CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE TRIGGER note BEFORE INSERT ON cars FOR EACH ROW EXECUTE FUNCTION noted();
  CREATE VIEW small AS SELECT id FROM cars;
  CREATE EXTENSION IF NOT EXISTS citext`
const files: Migration[] = [{ name: '0001_cars.sql', text, hash: 'a' }]

let database: TestDatabase
let client: PostgresClient
let made: SchemaObject[]

beforeAll(async () => {
  database = await makePostgres()
  const url = database.url.replace('{service}', 'test')
  client = connect({ url, max: 1, statementTimeout_ms: 30_000 })
  await client.unsafe('CREATE SCHEMA test')
  made = (await makeSchema(client, files)) ?? []
})
afterAll(async () => {
  await client.end()
  await database.remove()
})
beforeEach(async () => {
  await client.unsafe(`DROP SCHEMA test CASCADE; CREATE SCHEMA test;
    CREATE TABLE migrations (name text); INSERT INTO migrations VALUES ('0001_cars.sql')`)
  await client.unsafe(text)
})
const differences = async () => compareSchemas(made, (await readSchema(client)).found)

describe('a schema of PostgreSQL', () => {
  it('is all that migrations made, and nothing of the server or of an extension', async () => {
    const { found, applied } = await readSchema(client)
    expect(applied).toEqual(['0001_cars.sql'])
    const names = found.map(({ kind, table, name }) => [kind, table, name].join(' '))
    expect(names.toSorted()).toEqual([
      'column cars cars.fleet',
      'column cars cars.id',
      'column cars cars.name',
      'column cars cars.size',
      'column fleets fleets.id',
      'column small small.id',
      'constraint cars cars.cars_fleet_fkey',
      'constraint cars cars.cars_pkey',
      'constraint cars cars.cars_size_check',
      'constraint fleets fleets.fleets_pkey',
      'function  noted',
      'index cars cars_pkey',
      'index cars one_name',
      'index fleets fleets_pkey',
      'rule small small._RETURN',
      'table cars cars',
      'table fleets fleets',
      'table small small',
      'trigger cars cars.note',
    ])
  })

  it('is the same as the one that its migrations make aside, and that leaves nothing', async () => {
    expect(await differences()).toEqual([])
    const aside = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'campus%'"
    expect([...(await client.unsafe(aside))]).toEqual([])
  })

  const changes = {
    'ALTER TABLE cars DROP COLUMN size': [
      'column cars.size is missing',
      'constraint cars.cars_size_check is missing',
    ],
    'ALTER TABLE cars ALTER name DROP NOT NULL': ['column cars.name is not as'],
    'ALTER TABLE cars ALTER size SET DEFAULT 2': ['column cars.size is not as'],
    'ALTER TABLE cars ENABLE ROW LEVEL SECURITY': ['table cars is not as'],
    'ALTER TABLE cars SET UNLOGGED': ['table cars is not as'],
    'DROP INDEX one_name': ['index one_name is missing'],
    'CREATE UNIQUE INDEX one_size ON cars (size)': ['index one_size was added'],
    'ALTER TABLE cars ADD CHECK (id > 0)': ['constraint cars.cars_id_check was added'],
    'ALTER TABLE cars DISABLE TRIGGER note': ['trigger cars.note is not as'],
    // Foreign keys would no longer hold.
    'ALTER TABLE fleets DISABLE TRIGGER ALL': [
      'trigger fleets.RI_ConstraintTrigger',
      'trigger fleets.RI_ConstraintTrigger',
    ],
    'CREATE RULE lost AS ON INSERT TO cars DO INSTEAD NOTHING': ['rule cars.lost was added'],
    'CREATE OR REPLACE VIEW small AS SELECT id FROM cars WHERE size < 3': [
      'rule small._RETURN is not as',
    ],
    [`CREATE OR REPLACE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RETURN NULL; END $$`]: ['function noted is not as'],
    'CREATE INDEX by_size ON cars (size)': [],
    'ALTER TABLE cars ADD COLUMN note text': [],
    'CREATE TABLE own (id integer PRIMARY KEY)': [],
  }
  it.each(Object.entries(changes))('after %s', async (change, expected) => {
    await client.unsafe(change)
    const found = await differences()
    expect(found).toEqual(expected.map((each) => expect.stringContaining(each)))
  })
})

describe('what migrations make', () => {
  it('is made once for the same files, and again for others', async () => {
    expect(await makeSchema(client, files)).toBe(made)
    const other = { name: '0002_more.sql', text: 'CREATE TABLE more (id integer)', hash: 'b' }
    const names = (await makeSchema(client, [...files, other]))?.map(({ name }) => name)
    expect(names).toContain('more')
  })

  it('is unknown to a user who may make no schema, and known once he may', async () => {
    const one = { name: '0001_one.sql', text: 'CREATE TABLE one (id integer)', hash: 'c' }
    const role = `campus_${crypto.randomUUID().slice(0, 8)}`
    await client.unsafe(`CREATE ROLE ${role}; SET ROLE ${role}`)
    try {
      expect(await makeSchema(client, [one])).toBeUndefined()
    } finally {
      await client.unsafe(`RESET ROLE; DROP ROLE ${role}`)
    }
    expect(await makeSchema(client, [one])).not.toBeUndefined()
  })

  it('is nothing if a file fails, which says why', async () => {
    const wrong = { name: '0001_wrong.sql', text: 'CREATE TABLE cars (id nothing)', hash: 'd' }
    const error = await makeSchema(client, [wrong]).catch((reason: Error) => reason.message)
    expect(error).toContain('type "nothing" does not exist')
    expect(await differences()).toEqual([])
  })
})

describe('the guard of a schema', () => {
  let asked: number
  let afterAsked: (count: number) => unknown
  const connections: Connections = {
    ask: async (query) => {
      const answer = await query(client)
      await afterAsked(++asked)
      return answer
    },
    close: async () => {},
  }
  const endOf = (promise: Promise<void>) =>
    promise.then(
      () => 'same',
      ({ code }) => code,
    )
  const spoil = () => client.unsafe('DROP INDEX one_name')
  const repair = () => client.unsafe('CREATE UNIQUE INDEX one_name ON cars (name)')
  let guard: ReturnType<typeof createSchemaGuard>
  beforeEach(() => {
    asked = 0
    afterAsked = () => {}
    guard = createSchemaGuard(connections)
  })

  it('finds a change by hand, and that it was repaired', async () => {
    guard.expect(made, files)
    expect(await endOf(guard.compare())).toBe('same')
    await spoil()
    expect(guard.requireSame).not.toThrow()
    expect(await endOf(guard.compare())).toBe('SCHEMA_CHANGED')
    expect(guard.requireSame).toThrow('index one_name is missing')
    // As long as it is wrong, an earlier look is no answer.
    expect(await endOf(guard.compare(60_000))).toBe('SCHEMA_CHANGED')
    await repair()
    expect(await endOf(guard.compare(60_000))).toBe('same')
    expect(guard.requireSame).not.toThrow()
  })

  it('asks nothing before anything is expected', async () => {
    await guard.compare()
    expect(asked).toBe(0)
  })

  it('takes what it finds first where nothing could be made', async () => {
    await spoil()
    guard.expect(undefined, files)
    expect(await endOf(guard.compare())).toBe('same')
    await repair()
    expect(await endOf(guard.compare())).toBe('SCHEMA_CHANGED')
  })

  it('takes a recent look for this one, and shares one with who comes meanwhile', async () => {
    guard.expect(made, files)
    await Promise.all([guard.compare(), guard.compare(), guard.compare()])
    const once = asked
    await guard.compare(60_000)
    expect([once, asked]).toEqual([2, 2])
    await spoil()
    await Bun.sleep(10)
    expect(await endOf(guard.compare(5))).toBe('SCHEMA_CHANGED')
  })

  it('looks again before it complains: a migration may end between two queries', async () => {
    guard.expect(made, files)
    await spoil()
    afterAsked = (count) => void (count === 2 && setTimeout(() => repair().execute(), 50))
    expect(await endOf(guard.compare())).toBe('same')
  })

  it('forgets what it saw when other files are expected', async () => {
    guard.expect(made, files)
    await guard.compare()
    const more = [{ kind: 'table', table: 'more', name: 'more', definition: '' }]
    guard.expect([...made, ...more], files)
    expect(await endOf(guard.compare(60_000))).toBe('SCHEMA_CHANGED')
  })
})
