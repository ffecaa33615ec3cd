import { expect, it } from 'bun:test'
import { sql } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileUsage } from '../../shared/schemas/file.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { createStores } from '@campus/store/open.ts'
import type { Store } from '@campus/store/store.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores, type TestDatabase } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { startForTest } from '../testing/system.ts'
import { randomBytes, sha256, until, useFiles } from './fixture.ts'
import { toAnswer } from '../testing/use-system.ts'
import { filesPerDayMax } from './quota.ts'
import { day_ms } from '../../shared/duration.ts'

const quota = 1_000_000

describeStores('the quota of files', (makeDatabase) => {
  let database: TestDatabase
  const shared = async () => {
    database ??= await makeDatabase({ migrated: true })
    return { url: database.url, remove: async () => {} }
  }
  const { call, upload, fetch, blobs, url, system } = useFiles(shared, {
    MAX_FILE_BYTES: String(quota),
    USER_QUOTA_BYTES: String(quota),
  })
  const databaseUrl = () => system().databaseUrlOf('files')
  const tus = { 'tus-resumable': '1.0.0' }
  const begin = (as: string, size: number) =>
    fetch('/api/uploads', { method: 'POST', headers: { ...tus, 'upload-length': `${size}` }, as })

  async function withStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
    const stores = createStores()
    try {
      return await use(await stores.open(databaseUrl()))
    } finally {
      await stores.close()
    }
  }

  /** Owners whose triggered totals differ from a count. */
  const findWrongSums = () =>
    withStore((store) =>
      store.rows(sql`
        SELECT * FROM owners WHERE used_bytes <> (
          SELECT coalesce(sum(c.size), 0) FROM files f JOIN contents c USING (file_hash)
          WHERE f.owner = owners.owner)
        OR pending_bytes <> (
          SELECT coalesce(sum(size), 0) FROM uploads u
          WHERE u.owner = owners.owner AND u.file_hash IS NULL)`),
    )

  const usedBy = async (as: string) =>
    (await call<FileUsage>('GET', '/api/files/usage', { as })).body.used_bytes

  it('equals the sum of all rows, after a storm and after changes by hand', async () => {
    const contents = Array.from({ length: 6 }, (_, at) => randomBytes(1000 + at))
    const finished = await Promise.all(
      Array.from({ length: 120 }, async (_, at) => {
        const as = ['anna', 'bert', 'clara'][at % 3] ?? ''
        const bytes = contents[at % 6] ?? new Uint8Array()
        if (at % 5 < 3) return (await upload('one', bytes, { as })).status
        if (at % 5 === 3) return (await begin(as, 100)).status
        return (await call('DELETE', `/api/files/${sha256(bytes)}`, { as })).status
      }),
    )
    expect(finished.filter((status) => ![200, 201, 204, 404].includes(status))).toEqual([])
    expect(await findWrongSums()).toEqual([])
    await withStore(async (store) => {
      const [row] = await store.rows<{ owner: string; file_hash: string }>(
        sql`SELECT owner, file_hash FROM files LIMIT 1`,
      )
      const created = store.dialect === 'sqlite' ? sql`0` : sql`now()`
      await store.atomically([
        sql`INSERT INTO files (file_hash, owner, file_name, search_name, file_type, created)
          VALUES (${row?.file_hash}, 'somebody', 'by hand', 'by hand', 'text/plain', ${created})`,
        sql`DELETE FROM files WHERE owner = ${row?.owner} AND file_hash <> ${row?.file_hash}`,
        sql`UPDATE files SET owner = 'another' WHERE owner = ${row?.owner}`,
        sql`DELETE FROM uploads WHERE owner = ${row?.owner}`,
      ])
      expect(await store.rows(sql`SELECT 1 FROM owners WHERE owner = 'another'`)).toHaveLength(1)
    })
    expect(await findWrongSums()).toEqual([])
  })

  it('accepts exactly as many as fit, on two replicas at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'campus-blobs-'))
    const other = await startForTest(shared, {
      environment: { USER_QUOTA_BYTES: String(quota), BLOB_URL: `file:${folder}` },
    })
    const urls = [url(), listenForTest(other.app)]
    const as = 'dora'
    const authorization = `Bearer ${await system().tokenOf(as)}`
    const sendTo = (at: number) =>
      globalThis.fetch(`${urls[at % 2]}/api/files?file_name=edge`, {
        method: 'POST',
        headers: { authorization },
        body: randomBytes(99_000),
      })
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => (await sendTo(at)).status),
    )
    expect(statuses.filter((status) => status === 201)).toHaveLength(10)
    expect(statuses.filter((status) => status === 403)).toHaveLength(20)
    expect(await usedBy(as)).toBe(990_000)
    expect(await findWrongSums()).toEqual([])
    await other.app.server?.stop(true)
    await other.close()
    await rm(folder, { recursive: true })
  })

  it('counts bytes that are still being sent, and those of unfinished uploads', async () => {
    const as = 'eve'
    const before = (await blobs()).length
    const socket = connect(Number(new URL(url()).port), '127.0.0.1')
    const length = 700_000
    socket.write(
      `POST /api/files?file_name=slow HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n` +
        `Authorization: Bearer ${await system().tokenOf(as)}\r\n\r\n`,
    )
    socket.write(new Uint8Array(1000))
    await until(async () => (await blobs()).length > before)
    const half = randomBytes(400_000)
    expect((await upload('second', half, { as })).status).toBe(403)
    expect((await upload('small', randomBytes(200_000), { as })).status).toBe(201)
    socket.destroy()
    await until(async () => (await upload('second', half, { as })).status === 201)

    // 600,000 used; 400,000 free.
    expect((await begin(as, 300_000)).status).toBe(201)
    const refused = await upload('third', randomBytes(200_000), { as })
    expect(refused).toMatchObject({ status: 403, body: { free_bytes: 100_000 } })
    expect((await begin(as, 200_000)).status).toBe(409)
    expect((await upload('third', randomBytes(100_000), { as })).status).toBe(201)
  })

  it('limits what a user adds in a day; the next day starts over', async () => {
    const as = 'frank'
    expect((await upload('first', randomBytes(10), { as })).status).toBe(201)
    const full = `UPDATE owners SET day_files = ${filesPerDayMax} WHERE used_bytes = 10`
    await changeByHand(databaseUrl(), full)
    const refused = await toAnswer<Problem>(
      await fetch('/api/files?file_name=x', { method: 'POST', body: randomBytes(10), as }),
    )
    expect(refused).toMatchObject({ status: 429, body: { code: 'daily_limit_reached' } })
    const wait_s = Number(refused.headers.get('retry-after'))
    expect(wait_s).toBeGreaterThan(0)
    expect(wait_s).toBeLessThanOrEqual(day_ms / 1000)
    expect((await begin(as, 10)).status).toBe(429)
    await changeByHand(databaseUrl(), 'UPDATE owners SET day = day - 1')
    expect((await upload('next day', randomBytes(10), { as })).status).toBe(201)

    // Twice the quota per day, however much was deleted.
    const large = () => randomBytes(quota - 1000)
    const as2 = 'gina'
    for (const status of [201, 201, 429]) {
      const answer = await upload('large', large(), { as: as2 })
      expect(answer.status).toBe(status)
      await call('DELETE', `/api/files/${answer.body.file_hash}`, { as: as2 })
    }
  })

  it('costs the same with a hundred thousand files as with none', async () => {
    const [rich, poor] = ['henry', 'iris']
    await upload('seed', randomBytes(10), { as: rich })
    await upload('seed', randomBytes(10), { as: poor })
    await fill()
    const times: Record<string, number[]> = { [rich]: [], [poor]: [] }
    for (let round = 0; round < 15; round++) {
      for (const as of [rich, poor]) {
        const begun = performance.now()
        expect((await upload('timed', randomBytes(10), { as })).status).toBe(201)
        times[as]?.push(performance.now() - begun)
      }
    }
    const median = (as: string) => times[as]?.toSorted((a, b) => a - b)[7] ?? NaN
    expect(median(rich)).toBeLessThan(10 * median(poor))

    async function fill() {
      const isSqlite = databaseUrl().startsWith('sqlite:')
      const numbers =
        'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)'
      const hash = isSqlite ? "printf('%064d', i)" : "lpad(i::text, 64, '0')"
      const key = isSqlite ? 'randomblob(16)' : 'gen_random_uuid()'
      const created = isSqlite ? '0' : 'to_timestamp(0)'
      const owner = "(SELECT owner FROM files WHERE file_name = 'seed' ORDER BY created LIMIT 1)"
      await changeByHand(
        databaseUrl(),
        `INSERT INTO contents (file_hash, blob_key, size)
          ${numbers} SELECT ${hash}, ${key}, 1 FROM n;
        INSERT INTO files (file_hash, owner, file_name, search_name, file_type, created)
          ${numbers} SELECT ${hash}, ${owner}, 'f', 'f', 'text/plain', ${created} FROM n;`,
      )
    }
  }, 60_000)

  it('is computed for files from before it was introduced', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'campus-migrations-'))
    const fresh = await makeDatabase()
    const stores = createStores()
    const store = await stores.open(fresh.url.replace('{service}', 'files'))
    const all = `${import.meta.dir}/migrations/${store.dialect}`
    const first = '0001_files.sql'
    await Bun.write(`${folder}/${store.dialect}/${first}`, Bun.file(`${all}/${first}`))
    await store.migrate(folder)
    const isSqlite = store.dialect === 'sqlite'
    const id = (n: number) =>
      isSqlite ? sql.raw(`x'${'0'.repeat(31)}${n}'`) : sql.raw(`'${'0'.repeat(31)}${n}'::uuid`)
    const time = isSqlite ? sql`0` : sql`to_timestamp(0)`
    await store.atomically([
      sql`INSERT INTO contents (file_hash, blob_key, size)
        VALUES (${'a'.repeat(64)}, ${id(1)}, 5), (${'b'.repeat(64)}, ${id(2)}, 7)`,
      sql`INSERT INTO files (file_hash, owner, file_name, search_name, file_type, created)
        VALUES (${'a'.repeat(64)}, 'x', 'f', 'f', 'text/plain', ${time}),
          (${'b'.repeat(64)}, 'x', 'f', 'f', 'text/plain', ${time}),
          (${'b'.repeat(64)}, 'y', 'f', 'f', 'text/plain', ${time})`,
      sql`INSERT INTO uploads (id, owner, size, metadata, created, expires, file_hash)
        VALUES (${id(3)}, 'z', 11, '', ${time}, ${time}, NULL),
          (${id(4)}, 'z', 5, '', ${time}, ${time}, ${'a'.repeat(64)})`,
    ])
    await store.migrate(`${import.meta.dir}/migrations`)
    const sums = await store.rows<{ owner: string; used_bytes: number; pending_bytes: number }>(
      sql`SELECT owner, used_bytes, pending_bytes FROM owners ORDER BY owner`,
    )
    expect(
      sums.map((row) => [row.owner, Number(row.used_bytes), Number(row.pending_bytes)]),
    ).toEqual([
      ['x', 12, 0],
      ['y', 7, 0],
      ['z', 0, 11],
    ])
    await stores.close()
    await fresh.remove()
    await rm(folder, { recursive: true })
  })
})
