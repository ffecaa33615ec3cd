import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { sql } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, dropDatabase, startPostgres } from '../testing/postgres.ts'
import { storageFault } from './error.ts'
import { createStores } from './open.ts'

// A server behind a firewall that drops packets: connections stand, and nothing comes back.
setDefaultTimeout(180_000)

// The server's own bound is 3 s, and ours a second later; a loaded machine may need ten times that.
const boundMax_ms = 40_000
// To connect may take 30 s at the start.
const startMax_ms = 90_000

it('a PostgreSQL that falls silent fails what waits, and then is used again', async () => {
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

it('a PostgreSQL that accepts and is silent ends a start with an error', async () => {
  const { url, silence } = await start()
  silence(true)
  const begun = Date.now()
  const error = await open(url).catch((error: unknown) => error)
  expect(storageFault(error)).toBe('unavailable')
  expect(Date.now() - begun).toBeLessThan(startMax_ms)
})

it('a PostgreSQL that falls silent during a migration ends it with an error', async () => {
  const { url, silence } = await start()
  const begun = Date.now()
  const opening = open(url, 'SELECT pg_sleep(600);').catch((error: unknown) => error)
  await Bun.sleep(500)
  silence(true)
  expect(storageFault(await opening)).toBe('unavailable')
  expect(Date.now() - begun).toBeLessThan(startMax_ms)
})

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

/** A database behind a relay that can be told to swallow everything. */
async function start() {
  const { url: server } = await startPostgres()
  const database = await createDatabase(server)
  const { hostname, port } = new URL(database)
  const sockets = new Set<Socket>()
  let isSilent = false
  const relay = createServer((client) => {
    const behind = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => void (isSilent || to.write(bytes)))
      from.on('error', () => {})
      from.on('close', () => to.destroy())
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
  return { url: url.href, silence: (on: boolean) => void (isSilent = on) }
}
