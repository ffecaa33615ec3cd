import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePort } from '../../../shared/testing/port.ts'
import { openFolder } from '../../../shared/testing/postgres-installation.ts'
import { startEmbeddedPostgres, type PostgresServer } from '../../../shared/testing/postgres.ts'
import { readPostgresAddress } from './postgres-address.ts'
import { connect, type PostgresClient } from './postgres-client.ts'

it('reads the parts of a URL that are not for the server', () => {
  const several = 'postgres://u:p@a:5432,b:5433/campus?search_path=books'
  expect(readPostgresAddress(several)).toEqual({
    url: several,
    schema: 'books',
    ssl: undefined,
    sessions: 'primary',
    replica: undefined,
  })
  const read = readPostgresAddress(`${several}&replica=c:5434&target_session_attrs=any`)
  expect(read.url).toBe(`${several}&target_session_attrs=any`)
  expect(read.replica).toBe('postgres://u:p@c:5434/campus?search_path=books')
  expect(readPostgresAddress('postgres://a/b?replica=c').replica).toBe('postgres://c/b')
  expect(() => readPostgresAddress('postgres://a/b?replica=c,d')).toThrow('replica=c,d')
  const standby = `${several}&target_session_attrs=prefer-standby`
  expect(readPostgresAddress(standby).sessions).toBeUndefined()
  expect(readPostgresAddress('postgres://u:a,b@c/d')).toMatchObject({ schema: null })
  const missing = 'postgres://u@c/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem'
  expect(() => readPostgresAddress(missing)).toThrow('/nowhere/ca.pem')
  const lax = 'postgres://u@c/d?sslmode=require&sslrootcert=/nowhere/ca.pem'
  expect(() => readPostgresAddress(lax)).toThrow('sslmode=require')
})

const servers: PostgresServer[] = []
const folder = mkdtempSync(join(openFolder(), 'campus-tls-'))
beforeAll(async () => {
  servers.push(await startEmbeddedPostgres(), await startEmbeddedPostgres())
}, 60_000)
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  rmSync(folder, { recursive: true })
})

async function ask(url: string, text = 'SHOW port'): Promise<unknown> {
  const client = connect({ url, max: 1, statementTimeout_ms: 5000 })
  try {
    const [row] = await client.unsafe<Record<string, unknown>[]>(text)
    return row && Object.values(row)[0]
  } finally {
    await client.end({ timeout: 1 })
  }
}

const portOf = (server: PostgresServer | undefined) => new URL(server?.url ?? '').port

describe('several hosts', () => {
  const urlOf = (...hosts: string[]) => `postgres://postgres:one@${hosts.join(',')}/postgres`
  let hosts: string[] = []
  beforeAll(async () => {
    for (const { url } of servers) await ask(url, "ALTER USER postgres PASSWORD 'one'")
    hosts = servers.map((server) => `127.0.0.1:${portOf(server)}`)
    servers.forEach((server) => {
      const url = new URL(server.url)
      url.password = 'one'
      server.url = url.href
    })
  })

  it('are tried in turn', async () => {
    const [, second = ''] = hosts
    expect(await ask(urlOf(`127.0.0.1:${findFreePort()}`, second))).toBe(portOf(servers[1]))
  })

  it('are searched for the primary, even after a failover', async () => {
    const [first, second] = servers as [PostgresServer, PostgresServer]
    const folder = String(await ask(first.url, 'SHOW data_directory'))
    writeFileSync(join(folder, 'standby.signal'), '')
    await first.restart()
    const isStandby = 'SELECT pg_is_in_recovery()'
    expect(await ask(first.url, isStandby)).toBe(true)
    for (const readonly of [false, true]) {
      const client = connect({ url: urlOf(...hosts), max: 1, statementTimeout_ms: 5000, readonly })
      expect(await portBy(client)).toBe(portOf(second))
      await client.end({ timeout: 1 })
    }

    const client = connect({ url: urlOf(...hosts), max: 1, statementTimeout_ms: 5000 })
    expect(await portBy(client)).toBe(portOf(second))
    await second.stop()
    await ask(first.url, 'SELECT pg_promote()')
    let now: string | undefined
    for (const until = Date.now() + 10_000; Date.now() < until && now === undefined;) {
      now = await portBy(client).catch(() => undefined)
    }
    expect(now).toBe(portOf(first))
    await client.end({ timeout: 1 })
  })
})

async function portBy(client: PostgresClient): Promise<string | undefined> {
  const [row] = await client<{ port: string }[]>`
    SELECT setting AS port FROM pg_settings WHERE name = 'port'`
  return row?.port
}

describe('TLS with a private certificate authority', () => {
  const path = (name: string) => join(folder, name)
  const openssl = (args: string) => {
    const run = Bun.spawnSync(['openssl', ...args.split(' ')], { cwd: folder, stderr: 'pipe' })
    expect([run.exitCode, run.stderr.toString()]).toEqual([0, expect.anything()])
  }
  const authority = (name: string) =>
    openssl(
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ' +
        `-keyout ${name}.key -out ${name}.pem -subj /CN=${name}`,
    )
  const urlTo = (host: string, file: string) =>
    `postgres://postgres:one@${host}:${portOf(servers[0])}/postgres` +
    `?sslmode=verify-full&sslrootcert=${path(file)}`
  const isEncrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'

  beforeAll(async () => {
    for (const name of ['ours', 'theirs']) authority(name)
    openssl(
      'req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key ' +
        '-out server.csr -subj /CN=localhost -addext subjectAltName=DNS:localhost',
    )
    openssl(
      'x509 -req -in server.csr -CA ours.pem -CAkey ours.key -CAcreateserial -days 2 ' +
        '-copy_extensions copy -out server.pem',
    )
    const url = servers[0]?.url ?? ''
    // The server reads them as whoever it runs as.
    const { uid, gid } = statSync(String(await ask(url, 'SHOW data_directory')))
    for (const name of ['', 'server.key', 'server.pem']) chownSync(path(name), uid, gid)
    chmodSync(path('server.key'), 0o600)
    await ask(url, `ALTER SYSTEM SET ssl_cert_file = '${path('server.pem')}'`)
    await ask(url, `ALTER SYSTEM SET ssl_key_file = '${path('server.key')}'`)
    await ask(url, 'ALTER SYSTEM SET ssl = on')
    await ask(url, 'SELECT pg_reload_conf()')
  })

  it('accepts a server that proves its name', async () => {
    expect(await ask(urlTo('localhost', 'ours.pem'), isEncrypted)).toBe(true)
  })

  it('refuses one with another name, or by another authority', async () => {
    for (const url of [urlTo('127.0.0.1', 'ours.pem'), urlTo('localhost', 'theirs.pem')]) {
      const refused = await ask(url, isEncrypted).catch((error: Error) => error)
      expect(String(refused)).toMatch(/ALTNAME|certificate/)
    }
  })
})
