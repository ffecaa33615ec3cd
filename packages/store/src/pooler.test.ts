import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn, type ChildProcess } from 'node:child_process'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { findFreePort } from '../../../shared/testing/port.ts'
import { createDatabase, dropDatabase, startPostgres } from '../../../shared/testing/postgres.ts'
import { openFolder, serverUser } from '../../../shared/testing/postgres-installation.ts'
import { createStores } from './open.ts'

const pgbouncer = Bun.which('pgbouncer', { PATH: `${process.env.PATH}:/usr/sbin` })
const migrations = join(import.meta.dir, '../../../services/ratings/migrations')

// What Campus sets at each connection; behind a pooler it belongs to the role (docs/scale.md).
const ignored = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'default_transaction_read_only',
]

// Debian has it in the package `pgbouncer`: 1.18, which knows no prepared statements.
describe.skipIf(pgbouncer === null)('behind PgBouncer in transaction mode', () => {
  const folder = mkdtempSync(join(openFolder(), 'campus-pooler-'))
  const port = findFreePort()
  let pooler: ChildProcess
  let serverUrl: string
  let direct: string
  let url: string

  beforeAll(async () => {
    serverUrl = (await startPostgres()).url
    direct = await createDatabase(serverUrl)
    const { hostname, port: serverPort, password, username } = new URL(serverUrl)
    chmodSync(folder, 0o755)
    const file = join(folder, 'pgbouncer.ini')
    writeFileSync(
      file,
      `[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
ignore_startup_parameters = ${ignored.join()}
`,
    )
    pooler = spawn(pgbouncer ?? '', [file], { stdio: 'ignore', ...serverUser() })
    const at = new URL(direct)
    at.host = `127.0.0.1:${port}`
    url = `${at.href}?prepare=false`
    await waitForPooler(port)
  }, 60_000)

  afterAll(async () => {
    pooler.kill('SIGKILL')
    await dropDatabase(serverUrl, direct)
    rmSync(folder, { recursive: true })
  })

  it('migrates, concurrently and again, and leaves no lock behind', async () => {
    const start = async () => {
      const stores = createStores()
      const store = await stores.open(url)
      await store.migrate(migrations)
      await store.requireSchema()
      await stores.close()
    }
    await Promise.all([start(), start(), start()])
    await start()
    const stores = createStores()
    const store = await stores.open(direct)
    const locks = await store.rows(sql`SELECT pid FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
    expect(locks).toEqual([])
    await stores.close()
  })

  it('reads and writes concurrently, each transaction as a whole', async () => {
    const stores = createStores()
    const store = await stores.open(url)
    await changeByHand(direct, 'CREATE TABLE counted (n int PRIMARY KEY)')
    const write = (n: number) =>
      store.atomically([
        sql`INSERT INTO counted VALUES (${2 * n})`,
        sql`INSERT INTO counted VALUES (${2 * n + 1})`,
      ])
    const read = () => store.rows<{ n: string }>(sql`SELECT count(*)::text AS n FROM counted`)
    const counts = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await write(n)
        return Number((await read())[0]?.n)
      }),
    )
    expect(counts.filter((count) => count % 2 === 1)).toEqual([])
    expect(await read()).toEqual([{ n: '200' }])
    await stores.close()
  })
})

async function waitForPooler(port: number): Promise<void> {
  for (const until = Date.now() + 20_000; ;) {
    const there = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } }).catch(
      () => undefined,
    )
    if (there) return void there.end()
    if (Date.now() > until) throw new Error('PgBouncer did not listen')
    await Bun.sleep(50)
  }
}
