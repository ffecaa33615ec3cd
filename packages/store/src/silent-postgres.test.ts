import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, dropDatabase, startPostgres } from '../../../shared/testing/postgres.ts'
import { storageFault } from './error.ts'
import { createStores } from './open.ts'
import { openConnections } from './postgres-client.ts'

// A server behind a firewall that drops packets: connections stand, and nothing comes back.
setDefaultTimeout(180_000)

// The server's own bound is 3 s, and ours a second later; a loaded machine may need ten times that.
const boundMax_ms = 40_000
// To connect may take 30 s at the start.
const startMax_ms = 90_000

it('a silent PostgreSQL fails waiting queries, and is used again later', async () => {
  const { url, silence } = await start()
  const store = await open(url)
  const insert = (id: number) => store.atomically([sql`INSERT INTO notes VALUES (${id}, '')`])
  const batch = store.batchWriter({
    input: { id: 'id', text: 'text' },
    into: 'texts (id, text)',
    select: 'SELECT id, text FROM input',
    order: 'id',
  })
  const add = (id: string) =>
    batch.write([{ row: { id, text: '' }, storedResponse: undefined, share: undefined }])
  await insert(1)
  await add(Bun.randomUUIDv7())

  silence(true)
  const begun = Date.now()
  const ends = await Promise.allSettled([
    store.ping(),
    store.requireSchema(),
    store.rows(sql`SELECT 1`),
    insert(2),
    add(Bun.randomUUIDv7()),
  ])
  expect(Date.now() - begun).toBeLessThan(boundMax_ms)
  for (const end of ends) {
    expect(end.status).toBe('rejected')
    expect(storageFault((end as PromiseRejectedResult).reason)).toBe('unavailable')
  }

  silence(false)
  await store.ping()
  await store.requireSchema()
  expect(await insert(3)).toBe(true)
  const id = Bun.randomUUIDv7()
  expect(await add(id)).toEqual(new Set([id]))
})

it('a PostgreSQL that accepts but stays silent ends a start with an error', async () => {
  const { url, silence } = await start()
  silence(true)
  const begun = Date.now()
  const error = await open(url).catch((error: unknown) => error)
  expect(storageFault(error)).toBe('unavailable')
  expect(Date.now() - begun).toBeLessThan(startMax_ms)
})

it('a PostgreSQL that goes silent during a migration ends it with an error', async () => {
  const { url, silence } = await start()
  const begun = Date.now()
  const opening = open(url, 'SELECT pg_sleep(600);').catch((error: unknown) => error)
  await Bun.sleep(500)
  silence(true)
  expect(storageFault(await opening)).toBe('unavailable')
  expect(Date.now() - begun).toBeLessThan(startMax_ms)
})

it('only a silent connection is closed, and unused ones', async () => {
  const { url, forget } = await start()
  const sleep = openSleep(url, { max: 4, statementTimeout_ms: 2000 })
  await Promise.all(Array.from({ length: 4 }, () => sleep(0.2)))
  forget()
  const lost = sleep(0).catch((error: unknown) => error)
  expect(storageFault(await lost)).toBe('unavailable')
  expect(await Promise.all(Array.from({ length: 4 }, () => sleep(0.2)))).toHaveLength(4)

  forget(1)
  const begun = Date.now()
  const keepAsking = async () => {
    const failures: unknown[] = []
    while (Date.now() - begun < 5000) await sleep(0.3).catch((error) => failures.push(error))
    return failures
  }
  const failures = (await Promise.all(Array.from({ length: 4 }, keepAsking))).flat()
  expect(failures.map(storageFault)).toEqual(['unavailable'])
})

it('a query whose connection cannot be opened is sent on one that is open', async () => {
  const { url, shut } = await start()
  const sleep = openSleep(url, { max: 2, statementTimeout_ms: 3000 })
  await sleep(0)
  shut()
  expect(await Promise.all([sleep(0.2), sleep(0)])).toHaveLength(2)
  // It is one attempt more: where none is open, the query fails.
  const closed = openSleep(url, { max: 2, statementTimeout_ms: 3000 })
  expect(storageFault(await closed(0).catch((error: unknown) => error))).toBe('unavailable')
})

it('while this process itself is stalled, no server counts as silent', async () => {
  const { url } = await start()
  const sleep = openSleep(url, { max: 1, statementTimeout_ms: 500 })
  await sleep(0)
  const asked = sleep(0.1)
  await Bun.sleep(50)
  Bun.sleepSync(3000)
  expect(await asked).toHaveLength(1)
})

function openSleep(url: string, options: { max: number; statementTimeout_ms: number }) {
  const connections = openConnections({ url, ...options })
  onTestFinished(connections.close)
  return (seconds: number) =>
    connections.ask<object[]>((client) => client.unsafe<object[]>(`SELECT pg_sleep(${seconds})`))
}

async function open(url: string, first = '') {
  const folder = await mkdtemp(join(tmpdir(), 'campus-silent-'))
  const stores = createStores()
  onTestFinished(async () => {
    await stores.close()
    await rm(folder, { recursive: true })
  })
  await Bun.write(
    join(folder, 'postgres/0001_notes.sql'),
    `${first} CREATE TABLE notes (id integer PRIMARY KEY, text text);
     CREATE TABLE texts (id uuid PRIMARY KEY, text text);
     CREATE TABLE idempotency_keys (
       key text PRIMARY KEY, request_hash text, answer text, created timestamptz)`,
  )
  const store = await stores.open(url)
  await store.migrate(folder)
  return store
}

/** A database behind a relay that can swallow everything, forget connections, or take no more. */
async function start() {
  const { url: server } = await startPostgres()
  const database = await createDatabase(server)
  const { hostname, port } = new URL(database)
  const sockets = new Set<Socket>()
  // The clients' connections that are passed on.
  const known = new Set<Socket>()
  let isSilent = false
  let isShut = false
  const relay = createServer((client) => {
    const behind = connect(Number(port), hostname)
    if (!isShut) known.add(client)
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => void (isSilent || !known.has(client) || to.write(bytes)))
      from.on('error', () => {})
      from.on('close', () => {
        known.delete(client)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => void relay.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    relay.close()
    for (const socket of sockets) socket.destroy()
    await dropDatabase(server, database)
  })
  const url = new URL(database)
  url.host = `127.0.0.1:${(relay.address() as { port: number }).port}`
  const forget = (most = Infinity) => {
    for (const client of [...known].slice(0, most)) known.delete(client)
  }
  const silence = (on: boolean) => void (isSilent = on)
  return { url: url.href, forget, silence, shut: () => void (isShut = true) }
}
