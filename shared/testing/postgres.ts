import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import {
  cleanEnvironment,
  installPostgres,
  type PostgresInstallation,
} from './postgres-installation.ts'
import { findFreePort } from './port.ts'

export interface PostgresServer {
  /** Superuser URL to the database `postgres`. */
  url: string
  origin: 'embedded' | 'TEST_POSTGRES_URL'
  version: string
  /** Stops the server and removes its data; does nothing to one from TEST_POSTGRES_URL. */
  stop(): Promise<void>
  /** Restarts the server on the same port and data; open connections are closed. */
  restart(): Promise<void>
}

export interface RunningServer {
  server: Bun.Subprocess
  guard: Bun.Subprocess<'pipe', 'ignore', 'ignore'>
}

const startTimeout_ms = 30_000

const wayOut =
  'Way out: set TEST_POSTGRES_URL to the superuser URL of a PostgreSQL that runs, for example\n' +
  'postgres://postgres:secret@127.0.0.1:5432/postgres'

// fsync and synchronous_commit are on, as what a commit costs is measured on this server as well.
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '400',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
}

// Reads its standard input, whose other end only the starting process holds. A line means a regular
// stop. End of file means that the process is gone, however it ended, kill -9 included. The server
// has 10 s to close its files, so that nothing is left behind forever.
const guardScript = `read -r _ && exit
kill -INT "$1"
for _ in $(seq 100); do [ -e "$2/data/postmaster.pid" ] || break; sleep 0.1; done
rm -rf "$2"`

/**
 * Provides a real PostgreSQL: that of TEST_POSTGRES_URL, else an embedded one that ends with this
 * process.
 * @param more settings of an embedded one
 * @throws Error when there is none; the message says what to do
 */
export async function startPostgres(more?: Record<string, string>): Promise<PostgresServer> {
  const given = process.env.TEST_POSTGRES_URL
  return given ? useGiven(given) : startEmbeddedPostgres(more)
}

/** An embedded server of the caller's own, whatever TEST_POSTGRES_URL names: one to restart. */
export async function startEmbeddedPostgres(
  more: Record<string, string> = {},
): Promise<PostgresServer> {
  const password = randomBytes(16).toString('hex')
  const installation = await installPostgres(password).catch((cause: unknown) => {
    throw explain(`PostgreSQL could not be installed. ${wayOut}`, cause)
  })
  const remove = () => rmSync(installation.folder, { recursive: true, force: true })
  try {
    let running = await runServer(installation, more).catch(() => {
      // The port may have been taken since it was found free; then a second one is tried.
      installation.port = findFreePort()
      return runServer(installation, more)
    })
    const url = `postgres://postgres:${password}@127.0.0.1:${installation.port}/postgres`
    return {
      url,
      origin: 'embedded',
      version: await readVersion(url),
      stop: () => endServer(running).then(remove),
      restart: async () => {
        await endServer(running)
        running = await runServer(installation, more)
      },
    }
  } catch (cause) {
    remove()
    throw explain(`PostgreSQL could not be started. ${wayOut}`, cause)
  }
}

/**
 * Creates a fresh database with the same settings on every server: UTF-8 and byte order.
 * @param options.name random by default
 * @param options.template a database to copy, without connections
 * @returns its URL
 */
export async function createDatabase(
  serverUrl: string,
  { name, template = 'template0' }: { name?: string; template?: string } = {},
): Promise<string> {
  const database = name ?? `campus_${randomBytes(8).toString('hex')}`
  await withClient(serverUrl, async (sql) => {
    await sql`create database ${sql(database)} template ${sql(template)}
      encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`
  })
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** Drops a database of this server, and closes connections to it. */
export async function dropDatabase(serverUrl: string, databaseUrl: string): Promise<void> {
  const database = decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
  await withClient(serverUrl, async (sql) => {
    await sql`drop database if exists ${sql(database)} with (force)`
  })
}

async function useGiven(url: string): Promise<PostgresServer> {
  const version = await readVersion(url).catch((cause: unknown) => {
    throw explain('PostgreSQL at TEST_POSTGRES_URL does not answer; correct it or unset it.', cause)
  })
  return {
    url,
    origin: 'TEST_POSTGRES_URL',
    version,
    stop: async () => {},
    restart: async () => {
      throw new Error('Only an embedded PostgreSQL can be restarted: unset TEST_POSTGRES_URL.')
    },
  }
}

function explain(message: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new Error(`${message}\n${reason.trim()}`, { cause })
}

/**
 * Starts a server on its data, which are gone when this process is.
 * @param more settings, beside or instead of those of all servers here
 */
export async function runServer(
  installation: PostgresInstallation,
  more: Record<string, string> = {},
): Promise<RunningServer> {
  const { folder, port, user } = installation
  const log = openSync(join(folder, 'postgres.log'), 'a')
  const flags = Object.entries({ ...settings, ...more, port }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ])
  // Detached: a Ctrl-C at the terminal reaches the scripts, which then stop the server themselves.
  const server = Bun.spawn([installation.postgres, '-D', join(folder, 'data'), ...flags], {
    ...user,
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ['ignore', log, log],
    detached: true,
  })
  const guard = Bun.spawn(['/bin/sh', '-c', guardScript, 'guard', `${server.pid}`, folder], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  closeSync(log)
  // A caller that forgets stop() can still exit; the guard then stops the server.
  server.unref()
  guard.unref()
  try {
    await waitUntilReady(server, folder)
    return { server, guard }
  } catch (error) {
    await endServer({ server, guard })
    throw error
  }
}

/** Waits as pg_ctl does: the last line of postmaster.pid tells the state. */
async function waitUntilReady(server: Bun.Subprocess, folder: string): Promise<void> {
  const state = join(folder, 'data', 'postmaster.pid')
  const deadline_ms = Date.now() + startTimeout_ms
  const hasEnded = () => server.exitCode !== null || server.signalCode !== null
  while (!hasEnded() && Date.now() < deadline_ms) {
    const lines = await Bun.file(state)
      .text()
      .catch(() => '')
    if (/\nready\s*$/.test(lines)) return
    await Bun.sleep(20)
  }
  throw new Error(readFileSync(join(folder, 'postgres.log'), 'utf8'))
}

export async function endServer({ server, guard }: RunningServer): Promise<void> {
  server.ref()
  // SIGINT is PostgreSQL's fast shutdown: connections are cut, everything is written.
  server.kill('SIGINT')
  await server.exited
  guard.stdin.write('stopped\n')
  await guard.stdin.end()
}

async function readVersion(url: string): Promise<string> {
  return withClient(url, async (sql) => {
    const [row] = await sql<{ server_version: string }[]>`show server_version`
    return row?.server_version ?? 'unknown'
  })
}

async function withClient<T>(url: string, use: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => {} })
  try {
    return await use(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
