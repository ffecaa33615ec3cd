import { afterAll, beforeAll, expect, it } from 'bun:test'
import { eq, like, sql } from 'drizzle-orm'
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { createBatch, type BatchStatement } from './batch.ts'
import { placeholder } from './columns.ts'
import { storageFault, violation } from './error.ts'
import { prepareInserts } from './insert.ts'
import { createStores } from './open.ts'
import type { Store } from './store.ts'

const schema = {
  sqlite: things('BLOB', 'INTEGER'),
  postgres: things('uuid', 'timestamptz'),
}
const statement: BatchStatement<{ id: string; name: string; size: number }> = {
  input: { id: 'id', name: 'text', size: 'integer' },
  into: 'things (id, name, size)',
  select: 'SELECT id, name, size FROM input WHERE true',
  order: 'name',
}

function things(id: string, time: string): string {
  return `CREATE TABLE things (id ${id} PRIMARY KEY, name TEXT NOT NULL UNIQUE,
      size INTEGER NOT NULL CHECK (size > 0));
    CREATE TABLE idempotency_keys (key TEXT PRIMARY KEY, request_hash TEXT NOT NULL,
      answer TEXT NOT NULL, created ${time} NOT NULL);`
}

async function writeMigrations(folder: string, extra = '') {
  for (const [dialect, text] of Object.entries(schema)) {
    await mkdir(join(folder, dialect), { recursive: true })
    await Bun.write(join(folder, dialect, '0001_things.sql'), text + extra)
  }
}

describeStores('the store', (makeDatabase) => {
  let folder: string
  let database: Awaited<ReturnType<typeof makeDatabase>>
  const stores = createStores()
  let store: Store
  const newThing = (name: string, size = 1) => ({ id: Bun.randomUUIDv7(), name, size })
  const names = async () =>
    (await store.rows<{ name: string }>(sql`SELECT name FROM things ORDER BY name`)).map(
      (r) => r.name,
    )

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campus-store-'))
    await writeMigrations(folder)
    database = await makeDatabase()
    store = await stores.open(database.url.replace('{service}', 'store'))
  }, 30_000)
  afterAll(async () => {
    await stores.close()
    await database.remove()
    await rm(folder, { recursive: true })
  })

  it('migrates once for any number of concurrent starts', async () => {
    const url = database.url.replace('{service}', 'store')
    const others = createStores()
    const opened = await Promise.all(Array.from({ length: 5 }, () => others.open(url)))
    await Promise.all([store, ...opened].map((each) => each.migrate(folder)))
    await others.close()
    expect(await store.rows(sql`SELECT name FROM migrations`)).toHaveLength(1)
    expect(await names()).toEqual([])
  })

  it('refuses a migration that was changed after it was applied', async () => {
    const changed = await mkdtemp(join(tmpdir(), 'campus-changed-'))
    await writeMigrations(changed, '-- one more word')
    await expect(store.migrate(changed)).rejects.toThrow('0001_things.sql was changed')
    await rm(changed, { recursive: true })
  })

  it('undoes a migration that fails half way, so that the next start can do it', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'campus-broken-'))
    await writeMigrations(broken)
    for (const dialect of ['sqlite', 'postgres']) {
      const text = 'CREATE TABLE half (id integer); CREATE TABLE things (id integer);'
      await Bun.write(join(broken, dialect, '0002_half.sql'), text)
    }
    await expect(store.migrate(broken)).rejects.toThrow()
    for (const dialect of ['sqlite', 'postgres']) {
      await Bun.write(join(broken, dialect, '0002_half.sql'), 'CREATE TABLE half (id integer);')
    }
    await store.migrate(broken)
    expect(await store.rows(sql`SELECT * FROM half`)).toEqual([])
    await rm(broken, { recursive: true })
  })

  it('lets the rows of a batch win or lose individually, also among themselves', async () => {
    const batch = createBatch(store, statement)
    const rows = ['a', 'b', 'a', 'c', 'b'].map((name) => newThing(name))
    const won = await Promise.all(rows.map((row) => batch.add(row)))
    expect(won.filter(Boolean)).toHaveLength(3)
    expect(await names()).toEqual(['a', 'b', 'c'])
  })

  it('isolates a rejected row from its neighbours', async () => {
    const batch = createBatch(store, statement)
    const rows = [newThing('d'), newThing('bad', -1), newThing('e')]
    const results = await Promise.allSettled(rows.map((row) => batch.add(row)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await names()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('stores a response in the commit of its row, and never writes the row twice', async () => {
    const batch = createBatch(store, statement)
    const storedResponse = { key: 'k', request_hash: 'h', answer: '{}' }
    const rows = [newThing('f'), newThing('g')]
    const won = await Promise.all(rows.map((row) => batch.add(row, storedResponse)))
    expect(won.filter(Boolean)).toHaveLength(1)
    const lost = { ...storedResponse, key: 'lost' }
    expect(await batch.add(newThing('a'), lost)).toBe(false)
    const kept = await store.rows<{ key: string }>(sql`SELECT key FROM idempotency_keys`)
    expect(kept.map(({ key }) => key)).toEqual(['k'])
  })

  it('refuses with 503 what would wait too long, and loses nothing that waits', async () => {
    const batch = createBatch(store, statement)
    const rows = Array.from({ length: 30_000 }, (_, index) => newThing(`many ${index}`))
    const results = await Promise.allSettled(rows.map((row) => batch.add(row)))
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.reason).toMatchObject({ name: 'StoreBusyError', code: 'queue_full' })
    const [count] = await store.rows<{ n: number }>(
      sql`SELECT count(*) AS n FROM things WHERE name LIKE 'many%'`,
    )
    expect(Number(count?.n)).toBe(rows.length - refused.length)
  }, 60_000)

  it('commits several statements or none', async () => {
    const clear = sql`DELETE FROM things WHERE name IN ('a', 'b')`
    const nothing = sql`DELETE FROM things WHERE name = 'nobody'`
    expect(await store.atomically([clear, nothing])).toBe(false)
    expect(await names()).toContain('a')
    const fails = sql`INSERT INTO things (id, name, size) SELECT id, name, size FROM things`
    const error = await store.atomically([clear, fails]).catch((reason: unknown) => reason)
    expect(violation(error)).toBe('unique')
    expect(await names()).toContain('a')
    expect(await store.atomically([nothing, clear])).toBe(true)
    expect(await names()).not.toContain('a')
  })

  it('fills prebuilt statements with any values', async () => {
    const { columns: c } = store
    const table = c.table('things', {
      id: c.id('id'),
      name: c.text('name'),
      size: c.integer('size'),
    })
    const { id, name, size } = table
    const insert = prepareInserts(store, table)
    const rename = store.prepareWrite(sql`UPDATE ${table} SET name = ${placeholder(name, 'to')}
      WHERE ${name} = ${placeholder(name)} AND ${size} = ${placeholder(size)}`)
    const odd = `it's "$1", $2 \\ ?`
    const row = { ...newThing(odd), size: 7 }
    expect(
      await store.atomically([...insert([row]), rename({ name: odd, to: `${odd}$3`, size: 7 })]),
    ).toBe(true)
    const [found] = await store.db.select().from(table).where(eq(id, row.id))
    expect(found).toEqual({ ...row, name: `${odd}$3` })
    expect(await store.atomically([rename({ name: odd, to: 'x', size: 7 })])).toBe(false)
    expect(() => rename({ name: odd, size: 7 })).toThrow('There is no value for to')
    const many = Array.from({ length: 141 }, (_, at) => {
      return { ...newThing(`filled ${at}`), size: at + 1 }
    })
    await store.atomically(insert(many))
    const kept = await store.db.select().from(table).where(like(name, 'filled %')).orderBy(size)
    expect(kept).toEqual(many)
  })

  it('keeps concurrent lists separate, whatever becomes of their neighbours', async () => {
    const key = store.dialect === 'sqlite' ? sql`randomblob(16)` : sql`gen_random_uuid()`
    const insert = (name: string, size = 1) =>
      sql`INSERT INTO things (id, name, size) VALUES (${key}, ${name}, ${size})`
    const nothing = sql`DELETE FROM things WHERE name = 'nobody'`
    const batch = createBatch(store, statement)
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, at) => {
        const name = `together ${at}`
        if (at % 4 === 0) return batch.add(newThing(name))
        // Half of them may share a commit with others.
        const turn = at % 8 < 4 ? name : undefined
        if (at % 4 === 1) return store.atomically([insert(name)], turn)
        if (at % 4 === 2) return store.atomically([insert(name), nothing], turn)
        const fails = store.atomically([insert(name), insert(`${name} bad`, 0)], turn)
        return fails.catch((error: unknown) => violation(error))
      }),
    )
    const expected = [true, true, false, 'check'] as const
    expect(results).toEqual(results.map((_, at) => expected[at % 4]))
    const there = (await names()).filter((name) => name.startsWith('together'))
    expect(there).toHaveLength(30)
    expect(there.filter((name) => Number(name.split(' ')[1]) % 4 > 1)).toEqual([])
  })

  it('takes an earlier look at its schema for this one, if nothing was wrong then', async () => {
    const url = database.url.replace('{service}', 'store')
    const differs = (age_ms?: number) =>
      store.requireSchema(age_ms).catch((error: Error) => error.message)
    expect(await differs()).toBeUndefined()
    await changeByHand(url, 'CREATE UNIQUE INDEX one_each ON things (name, size)')
    // SQLite counts changes, which costs nothing.
    if (store.dialect === 'postgres') expect(await differs(60_000)).toBeUndefined()
    expect(await differs()).toContain('one_each was added')
    expect(await differs(60_000)).toContain('one_each was added')
    await changeByHand(url, 'DROP INDEX one_each')
    expect(await differs(60_000)).toBeUndefined()
  })

  it('distinguishes violations from faults of the database', async () => {
    const copies = sql`SELECT id, name, size FROM things WHERE name = 'c'`
    const twice = sql`INSERT INTO things (id, name, size) ${copies}`
    const taken = await store.atomically([twice]).catch((reason: unknown) => reason)
    expect(violation(taken)).toBe('unique')
    expect(storageFault(taken)).toBeUndefined()
  })
})
