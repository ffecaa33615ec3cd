import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { Database } from 'bun:sqlite'
import { open, readdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { serviceNames, type ServiceName } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../shared/testing/by-hand.ts'
import { describeStores, makeSqlite } from '../shared/testing/describe-stores.ts'
import { createDatabase, startEmbeddedPostgres } from '../shared/testing/postgres.ts'
import { prepare, startScript, upload, type Environment } from './testing/command.ts'
import { fillSystem } from './testing/full-system.ts'
import { examine } from './doctor/deep.ts'
import { startSystem } from '../scripts/harness/run-system.ts'

setDefaultTimeout(120_000)

describeStores('doctor --deep', (makeDatabase) => {
  it('finds nothing in a healthy system, and each damage at its place', async () => {
    const { environment } = await prepare(makeDatabase)
    const system = await startSystem({ environment: { ...environment, SAMPLE_DATA: 'true' } })
    onTestFinished(system.kill)
    await fillSystem(system.url)
    await upload(system.url, 'Bytes of a file that is there twice')
    // Beside the running system.
    expect(await findDamage(environment)).toEqual({})
    await system.stop()

    const change = (service: ServiceName, text: string) =>
      changeByHand(readConfig(environment, serviceNames).databaseUrl(service), text)
    const isSqlite = environment.DATABASE_URL?.startsWith('sqlite:')
    await injectOverlap(environment, change)
    await change('users', `DELETE FROM migrations WHERE name = '0001_users.sql'`)
    await change('ratings', isSqlite ? falseTrigger : falseFunction)
    await change('ratings', 'UPDATE book_rating_counts SET count = count + 1 WHERE book_id = 2')
    await change('books', 'UPDATE books SET rating_score = rating_score + 1 WHERE number = 3')
    await change('courses', 'UPDATE submissions SET score = 1')
    await change('files', `UPDATE owners SET used_bytes = used_bytes + 1 WHERE used_bytes > 0`)
    const { orphan } = await damageBlobs(environment)

    const found = await findDamage(environment)
    expect(found).toEqual({
      ...(!isSqlite && {
        'inventory: schema': [
          'constraint allocations.allocation_overlap is missing',
          'index allocation_overlap is missing',
        ],
      }),
      'users: schema': ['migration 0001_users.sql is not recorded as applied'],
      'inventory: overlaps': ['Car "A car": 1 overlap what is before them'],
      'ratings: schema': [expect.stringMatching(/(rating_made|count_ratings) is not as its/)],
      'ratings: counts': [
        expect.stringMatching(/^book 2: 2 are counted for \d+, 1 are there$/),
        expect.stringMatching(/^book 2: 2 are counted for \d+, 1 are there$/),
      ],
      'books: ratings': [
        expect.stringMatching(/^book 2: its copy says 2, /),
        expect.stringMatching(/^book 3: its copy says 1, /),
      ],
      'courses: scores': [expect.stringMatching(/says pass, 0.01; its tests say pass, 100$/)],
      'files: contents': [expect.stringMatching(/: its bytes are gone$/)],
      'files: sums': [
        expect.stringMatching(/: \d+ and 0 bytes are kept, \d+ and 0 are there$/),
        expect.stringMatching(/: \d+ and 0 bytes are kept, \d+ and 0 are there$/),
      ],
      'files: orphans': [expect.stringContaining(orphan)],
    })
    const doctor = startScript('doctor', ['--deep', 'courses', 'files'], environment)
    const text = await doctor.stdout.text()
    expect(await doctor.exited).toBe(1)
    expect(text).toMatch(/BAD {2}courses: scores/)
    expect(text).toMatch(/ok {3}courses: pages/)
    expect(text).toMatch(/BAD {2}files: orphans.*; 1 without a row are young/)
    expect(text).not.toContain('inventory')
  })
})

it('doctor --deep finds damaged pages of SQLite', async () => {
  const { environment } = await prepare(makeSqlite)
  const system = await startSystem({ environment })
  onTestFinished(system.kill)
  await system.stop()
  const file = readConfig(environment, serviceNames).databaseUrl('users').slice('sqlite:'.length)
  const page = (() => {
    using database = new Database(file, { readonly: true })
    return database
      .query<{ root: number; size: number }, []>(
        `SELECT rootpage AS root, page_size AS size FROM sqlite_schema, pragma_page_size
         WHERE name = 'only_one_user_per_email'`,
      )
      .get()
  })()
  await overwrite(file, ((page?.root ?? 0) - 1) * (page?.size ?? 0) + 8)
  const found = await findDamage(environment)
  expect(Object.keys(found)).toEqual(['users: pages'])
})

it('doctor --deep finds damaged pages of PostgreSQL', async () => {
  const { url, environment } = await prepareUsers()
  expect(await findDamage(environment, ['users'])).toEqual({})
  await changeByHand(url, `${addKeys(1000)}; CREATE EXTENSION pg_buffercache`)
  await changeByHand(url, 'CHECKPOINT')
  const path = await readPath(url)
  await overwrite(path, 8192 + 100)
  await changeByHand(url, `SELECT pg_buffercache_evict_relation('signing_keys')`)
  const found = await findDamage(environment, ['users'])
  expect(found['users: pages']?.join()).toMatch(/signing_keys: .*invalid page/)
})

it('doctor --deep finds an index that lacks a row by amcheck', async () => {
  const { url, environment } = await prepareUsers()
  const fill = (isReady: boolean) =>
    changeByHand(
      url,
      `UPDATE pg_index SET indisready = ${isReady}
       WHERE indexrelid = 'signing_keys_pkey'::regclass`,
    )
  await fill(false)
  await changeByHand(url, addKeys(3))
  await fill(true)
  expect(await findDamage(environment, ['users'])).toEqual({})
  await changeByHand(url, 'CREATE EXTENSION amcheck')
  const found = await findDamage(environment, ['users'])
  expect(Object.keys(found)).toEqual(['users: pages'])
  expect(found['users: pages']?.join()).toMatch(/^signing_keys_pkey: .*lacks matching index tuple/)
  await changeByHand(url, 'REINDEX TABLE signing_keys')
  expect(await findDamage(environment, ['users'])).toEqual({})
})

/** The tables of users on a PostgreSQL of this test only. */
async function prepareUsers(): Promise<{ url: string; environment: Environment }> {
  const server = await startEmbeddedPostgres()
  onTestFinished(server.stop)
  const url = await createDatabase(server.url)
  const stores = createStores()
  const store = await stores.open(url)
  await store.migrate(join(import.meta.dir, '../services/users/migrations'))
  await stores.close()
  return { url, environment: { DATABASE_URL: url, SECRET: 'a secret that is long enough for it' } }
}

const addKeys = (count: number) => `
  INSERT INTO signing_keys (id, generation, public_key, sealed_key, created)
  SELECT 'key ' || n, n, 'public', 'sealed', now() FROM generate_series(1, ${count}) n`

type Found = Record<string, string[]>

async function findDamage(environment: Environment, names = serviceNames): Promise<Found> {
  const found: Found = {}
  for await (const { service, check, damage } of examine(
    names,
    readConfig(environment, serviceNames),
  )) {
    if (damage.length > 0) found[`${service}: ${check}`] = damage
  }
  return found
}

type Change = (service: ServiceName, text: string) => Promise<void>

const falseTrigger = `DROP TRIGGER rating_made;
  CREATE TRIGGER rating_made AFTER INSERT ON book_ratings BEGIN SELECT 1; END`
const falseFunction = `CREATE OR REPLACE FUNCTION count_ratings() RETURNS trigger
  LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`

/** Books a booked time; SQLite gets its rule back, PostgreSQL would refuse it now. */
async function injectOverlap(environment: Environment, change: Change): Promise<void> {
  const copied =
    'resource_number, to_datetime, allocation_type, description, dump, created, created_by'
  const insert = (id: string, from: string) => `
    INSERT INTO allocations (id, from_datetime, ${copied})
    SELECT ${id}, ${from}, ${copied} FROM allocations WHERE description LIKE 'tab%'`
  const url = readConfig(environment, serviceNames).databaseUrl('inventory')
  if (url.startsWith('postgres')) {
    await change('inventory', 'ALTER TABLE allocations DROP CONSTRAINT allocation_overlap')
    await change('inventory', insert('gen_random_uuid()', `from_datetime + interval '1 second'`))
    return
  }
  const name = 'allocation_overlap_on_insert'
  const rule = (() => {
    using database = new Database(url.slice('sqlite:'.length), { readonly: true })
    const query = database.query<{ sql: string }, [string]>(
      'SELECT sql FROM sqlite_schema WHERE name = ?',
    )
    return query.get(name)?.sql ?? ''
  })()
  await change('inventory', `DROP TRIGGER ${name}`)
  await change('inventory', insert('randomblob(16)', 'from_datetime + 1000'))
  await change('inventory', rule)
}

/** Removes the bytes of one file, and adds orphaned bytes, old and young ones. */
async function damageBlobs(environment: Environment) {
  const folder = (environment.BLOB_URL ?? '').slice('file:'.length)
  const paths = await readdir(folder, { recursive: true })
  const missing = paths.find((path) => path.length > 36) ?? ''
  await rm(join(folder, missing))
  const put = async (key: string, age_s: number) => {
    const path = join(folder, key.slice(-2), key)
    await Bun.write(path, 'nobody knows these')
    const written = Date.now() / 1000 - age_s
    await utimes(path, written, written)
    return key
  }
  await put(Bun.randomUUIDv7(), 60)
  return { orphan: await put(Bun.randomUUIDv7(), 2 * 60 * 60) }
}

/** Like a disk that loses a sector. */
async function overwrite(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(new Uint8Array(512).fill(0xa5), 0, 512, position)
  await file.sync()
  await file.close()
}

async function readPath(url: string): Promise<string> {
  const client = postgres(url, { max: 1 })
  const [row] = await client<{ path: string }[]>`
    SELECT current_setting('data_directory') || '/' || pg_relation_filepath('signing_keys') AS path`
  await client.end()
  return row?.path ?? ''
}
