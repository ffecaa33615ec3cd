import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import type { Columns } from './columns.ts'
import { createStores } from './open.ts'

setDefaultTimeout(60_000)

const logOf = (c: Columns) =>
  c.table('log', { id: c.integer('id').notNull(), transaction: c.transaction('transaction') })

describeStores('a mark of a log', (makeDatabase) => {
  async function open() {
    const database = await makeDatabase()
    const stores = createStores()
    onTestFinished(async () => {
      await stores.close()
      await database.remove()
    })
    const url = database.url.replace('{service}', 'public')
    const store = await stores.open(url)
    const log = logOf(store.columns)
    const isSqlite = store.dialect === 'sqlite'
    const own = sql.raw(isSqlite ? '0' : 'pg_current_xact_id()::text::bigint')
    await store.atomically([
      sql`CREATE TABLE log (id bigint PRIMARY KEY, "transaction" bigint NOT NULL DEFAULT (${own}))`,
      sql`INSERT INTO log (id) VALUES (1)`,
    ])
    return {
      store,
      url,
      mark: async () => {
        const [row] = await store.rows<{ mark: string }>(
          sql`SELECT ${store.marks.mark(log)} AS mark`,
        )
        return row?.mark ?? ''
      },
      after: async (mark: string) => {
        const isAfter = store.marks.isAfter(log, sql`CAST(${mark} AS text)`)
        const rows = await store.rows<{ id: number }>(
          sql`SELECT id FROM ${log} WHERE ${isAfter} ORDER BY id`,
        )
        return rows.map(({ id }) => Number(id))
      },
    }
  }

  it('lists what was committed since', async () => {
    const { store, mark, after } = await open()
    const first = await mark()
    expect(await after(first)).toEqual([])
    await store.atomically([sql`INSERT INTO log (id) VALUES (2)`])
    await store.atomically([sql`INSERT INTO log (id) VALUES (3)`])
    const second = await mark()
    expect(await after(first)).toEqual([2, 3])
    expect(await after(second)).toEqual([])
  })

  it('also lists what was written before it and committed after, once', async () => {
    const { store, url, mark, after } = await open()
    // One writer at a time: there is no such thing.
    if (store.dialect === 'sqlite') return
    const client = postgres(url.split('?')[0] ?? '', { max: 1, onnotice: () => {} })
    onTestFinished(() => client.end())
    await client.unsafe('BEGIN')
    await client.unsafe('INSERT INTO log (id) VALUES (2)')
    await store.atomically([sql`INSERT INTO log (id) VALUES (3)`])
    const open3 = await mark()
    expect(await after(open3)).toEqual([])
    await client.unsafe('COMMIT')
    await store.atomically([sql`INSERT INTO log (id) VALUES (4)`])
    expect(await after(open3)).toEqual([2, 4])
    expect(await after(await mark())).toEqual([])
  })
})
