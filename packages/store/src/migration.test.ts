import { sql } from 'drizzle-orm'
import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores, type MakeDatabase } from '../../../shared/testing/describe-stores.ts'
import { createStores } from './open.ts'
import type { Store } from './store.ts'

setDefaultTimeout(120_000)

const migrator = join(import.meta.dir, '../../../shared/testing/migrator.ts')
const files = 3
const tablesEach = 3
// How long each statement takes, so that a kill meets every one of them.
const statement_ms = 60

describeStores('migrations', (makeDatabase) => {
  it('of three processes at once are applied once', async () => {
    const { url, folder } = await prepare(makeDatabase)
    await writeMigrations(folder, files)
    const ends = await Promise.all([1, 2, 3].map(() => startMigrator(url, folder).exited))
    expect(ends).toEqual([0, 0, 0])
    await withStore(url, async (store) => {
      expect(await listApplied(store)).toEqual(['0001_a.sql', '0002_a.sql', '0003_a.sql'])
      expect(await listTables(store)).toHaveLength(files * tablesEach)
    })
  })

  it('of a process killed at any statement are atomic, and completed by the next', async () => {
    const { url, folder } = await prepare(makeDatabase)
    await writeMigrations(folder, files)
    const seen = new Set<number>()
    // How long it takes on this machine, busy as it is.
    const undisturbed = startMigrator(url, folder)
    for await (const _ of undisturbed.stdout) break
    const begun = performance.now()
    expect(await undisturbed.exited).toBe(0)
    const step_ms = (1.3 * (performance.now() - begun)) / (files * tablesEach)
    for (let kill = 1; kill <= files * tablesEach; kill++) {
      const { url: other } = await prepare(makeDatabase)
      const child = startMigrator(other, folder)
      for await (const _ of child.stdout) break
      await Bun.sleep((kill - 0.5) * step_ms)
      child.kill('SIGKILL')
      await child.exited
      await withStore(other, async (store) => {
        const applied = await listApplied(store)
        seen.add(applied.length)
        // A file is applied with all that it makes, or with nothing of it.
        expect(await listTables(store)).toHaveLength(applied.length * tablesEach)
        await store.migrate(folder)
        expect(await listTables(store)).toHaveLength(files * tablesEach)
      })
    }
    expect(seen.size).toBeGreaterThan(1)
  })

  it('of a new version let the former one run and start', async () => {
    const { url, folder } = await prepare(makeDatabase)
    const [old, next] = [join(folder, 'old'), join(folder, 'next')]
    await writeMigrations(old, 1)
    await writeMigrations(next, 1)
    const more = 'ALTER TABLE t0001_1 ADD COLUMN note text;'
    for (const dialect of ['sqlite', 'postgres']) {
      await Bun.write(join(next, dialect, '0002_note.sql'), more)
    }
    await withStore(url, async (before) => {
      await before.migrate(old)
      await withStore(url, async (after) => {
        await after.migrate(next)
        const noted = sql`INSERT INTO t0001_1 (id, note) VALUES (1, 'new')`
        expect(await after.atomically([noted])).toBe(true)
      })
      const insert = sql`INSERT INTO t0001_1 (id) VALUES (2)`
      // What a newer version made is no change by hand, and anything after it is.
      await before.requireSchema()
      expect(await before.atomically([insert])).toBe(true)
      await changeByHand(url, 'ALTER TABLE t0001_1 DROP COLUMN note')
      expect(await before.requireSchema().catch((error: Error) => error.message)).toMatch(/t0001_1/)
      await changeByHand(url, more)
      await before.requireSchema()
      expect(await before.rows(sql`SELECT id FROM t0001_1 WHERE id = 2`)).toEqual([{ id: 2 }])
    })
    await withStore(url, async (restarted) => {
      await restarted.migrate(old)
      expect(await listApplied(restarted)).toEqual(['0001_a.sql', '0002_note.sql'])
    })
  })

  it('that were changed after they were applied stop the start', async () => {
    const { url, folder } = await prepare(makeDatabase)
    await writeMigrations(folder, 1)
    await withStore(url, async (store) => {
      await store.migrate(folder)
      for (const dialect of ['sqlite', 'postgres']) {
        await Bun.write(join(folder, dialect, '0001_a.sql'), 'CREATE TABLE other (id integer);')
      }
      const error = await store.migrate(folder).catch((error: Error) => error)
      expect(String(error)).toContain('0001_a.sql was changed after it was applied')
      expect(await listTables(store)).toHaveLength(tablesEach)
    })
  })
})

async function prepare(makeDatabase: MakeDatabase) {
  const database = await makeDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'campus-migrations-'))
  onTestFinished(async () => {
    await database.remove()
    await rm(folder, { recursive: true, force: true })
  })
  return { url: database.url.replace('{service}', 'test'), folder }
}

/** Files of some tables each, every one of which takes its time. */
async function writeMigrations(folder: string, count: number): Promise<void> {
  for (const [dialect, wait] of Object.entries(waits)) {
    await mkdir(join(folder, dialect), { recursive: true })
    for (let file = 1; file <= count; file++) {
      const tables = Array.from({ length: tablesEach }, (_, at) => {
        return `CREATE TABLE t000${file}_${at + 1} (id integer PRIMARY KEY);\n${wait}`
      })
      await Bun.write(join(folder, dialect, `000${file}_a.sql`), tables.join('\n'))
    }
  }
}

const waits = {
  postgres: `SELECT pg_sleep(${statement_ms / 1000});`,
  // SQLite has no sleep: about as long in counting.
  sqlite: `CREATE TEMP TABLE w AS WITH RECURSIVE n(i) AS (
    SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000) SELECT max(i) FROM n;
    DROP TABLE temp.w;`,
}

function startMigrator(url: string, folder: string) {
  return Bun.spawn([process.execPath, migrator, url, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function withStore(url: string, run: (store: Store) => Promise<void>): Promise<void> {
  const stores = createStores()
  try {
    await run(await stores.open(url))
  } finally {
    await stores.close()
  }
}

async function listApplied(store: Store): Promise<string[]> {
  const rows = await store
    .rows<{ name: string }>(sql`SELECT name FROM migrations ORDER BY name`)
    .catch(() => [])
  return rows.map(({ name }) => name)
}

async function listTables(store: Store): Promise<string[]> {
  const rows = await store.rows<{ name: string }>(
    store.dialect === 'sqlite'
      ? sql`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 't000%'`
      : sql`SELECT tablename AS name FROM pg_tables WHERE tablename LIKE 't000%'`,
  )
  return rows.map(({ name }) => name)
}
