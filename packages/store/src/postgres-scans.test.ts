import { afterAll, beforeAll, expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { startPair, type PostgresPair } from '../../../scripts/chaos/postgres-pair.ts'
import { waitUntil } from '../../../scripts/harness/wait.ts'
import { createStores } from './open.ts'
import { historyOfPrimary } from './postgres-scans.ts'
import type { Reader, Store } from './store.ts'

setDefaultTimeout(60_000)

let pair: PostgresPair
let primary: postgres.Sql
let standby: postgres.Sql
let standbyPort: number
beforeAll(async () => {
  pair = await startPair()
  standby = postgres(pair.standbyUrl, { max: 1 })
  standbyPort = Number(new URL(pair.standbyUrl).port)
  primary = postgres(pair.replicatedUrl.replace(/\?.*/, ''), { max: 1 })
  await primary`CREATE TABLE notes (id serial, text text)`
  await waitUntil('the standby has the table', async () => {
    const client = postgres(pair.standbyUrl, { max: 1 })
    const rows = await client`SELECT to_regclass('notes') AS name`.catch(() => [])
    await client.end()
    return typeof rows[0]?.name === 'string'
  })
}, 60_000)
afterAll(async () => {
  await Promise.all([primary.end(), standby.end()])
  await pair.stop()
})

async function open(url = pair.replicatedUrl): Promise<Store> {
  const stores = createStores()
  onTestFinished(() => stores.close())
  return stores.open(url.replace('{service}', 'public'))
}

const portOf = async (reader: Reader): Promise<number | undefined> => {
  const [row] = await reader.rows<{ port: number }>(sql`SELECT inet_server_port() AS port`)
  return row?.port
}

const write = (store: Store, text: string) =>
  store.rows(sql`INSERT INTO notes (text) VALUES (${text})`)

/** Where a scan is read, and how many notes of that text it finds. */
async function look(store: Store, text: string): Promise<{ port: number; found: number }> {
  const [row] = await store.scan('reader').rows<{ port: number; found: number }>(sql`
    SELECT inet_server_port() AS port, count(*)::int AS found FROM notes WHERE text = ${text}`)
  return row ?? { port: 0, found: 0 }
}

/** A store that has not found the standby behind yet, as it may be on a busy machine. */
async function openAtStandby(): Promise<Store> {
  for (let time = 0; time < 100; time++) {
    const stores = createStores()
    const store = await stores.open(pair.replicatedUrl.replace('{service}', 'public'))
    if ((await look(store, 'none')).port === standbyPort) {
      onTestFinished(() => stores.close())
      return store
    }
    await stores.close()
  }
  throw new Error('The standby stays behind')
}

it('reads scans from the replica, which has what was committed before', async () => {
  const store = await openAtStandby()
  for (let round = 0; round < 100; round++) {
    await write(store, `own ${round}`)
    expect((await look(store, `own ${round}`)).found).toBe(1)
  }
  expect(await portOf(store)).not.toBe(standbyPort)
})

it('reads open transactions at the primary, as a standby knows none', async () => {
  const store = await open()
  const [row] = await store
    .scan('reader')
    .rows<{ port: number; horizon: string }>(
      sql`SELECT inet_server_port() AS port, ${store.horizon}::text AS horizon`,
    )
  expect(row?.port).not.toBe(standbyPort)
  expect(Number(row?.horizon)).toBeGreaterThan(0)
})

it('reads at the primary while the replica is behind', async () => {
  const store = await open()
  await standby`SELECT pg_wal_replay_pause()`
  onTestFinished(async () => void (await standby`SELECT pg_wal_replay_resume()`))
  await write(store, 'behind')
  const seen = await look(store, 'behind')
  expect(seen.found).toBe(1)
  expect(seen.port).not.toBe(standbyPort)
})

it('reports a fault of the query itself, and goes on at the replica', async () => {
  const store = await openAtStandby()
  const scan = store.scan('reader')
  expect(scan.rows(sql`SELECT nothing FROM notes`)).rejects.toThrow('nothing')
  expect(scan.rows(sql`SELECT 1 / 0`)).rejects.toThrow('division')
  expect((await look(store, 'none')).port).toBe(standbyPort)
})

it('reads at the primary once the replica is a standby no longer', async () => {
  await primary`ALTER SYSTEM RESET synchronous_standby_names`
  await primary`SELECT pg_reload_conf()`
  await pair.promote()
  const store = await open()
  await write(store, 'promoted')
  const seen = await look(store, 'promoted')
  expect(seen.found).toBe(1)
  expect(seen.port).not.toBe(standbyPort)
})

it('reads at the primary while the replica has another history, though a longer one', async () => {
  const { host } = new URL(pair.replicatedUrl)
  const promoted = `${pair.standbyUrl}?replica=${host}`
  // More log than a promotion and all tests before write.
  await primary`INSERT INTO notes (text) SELECT 'lost' FROM generate_series(1, 100000)`
  await pair.strand()
  const store = await open(promoted)
  await write(store, 'kept')
  const [behind] = await store.rows<{ position: string }>(sql.raw(historyOfPrimary))
  const stranded = postgres(pair.replicatedUrl.replace(/\?.*/, ''), { max: 1 })
  const [ahead] = await stranded`
    SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() > ${behind?.position ?? ''} AS is`
  await stranded.end()
  expect(ahead?.is).toBe(true)
  expect(await look(store, 'kept')).toMatchObject({ port: standbyPort, found: 1 })
  expect(await look(store, 'lost')).toMatchObject({ port: standbyPort, found: 0 })
})

it('reads at the primary while nothing listens there', async () => {
  const store = await open(`${pair.standbyUrl}?replica=127.0.0.1:1`)
  await write(store, 'alone')
  expect((await look(store, 'alone')).found).toBe(1)
})
