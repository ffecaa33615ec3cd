import postgres from 'postgres'
import { readPostgresAddress } from './postgres-address.ts'
import { toTextArray } from './postgres-array.ts'

export type PostgresClient = postgres.Sql<Record<string, never>>

export interface Connections {
  /**
   * Runs one query when a connection is free.
   * @throws an error with code 53300 when none is for too long; ETIMEDOUT when the server is
   *   silent: whether it took effect is then unknown
   */
  ask: <T>(query: (client: PostgresClient) => PromiseLike<T>) => Promise<T>
  close: () => Promise<void>
}

export interface ConnectionOptions {
  url: string
  /** The most connections. */
  max: number
  /** The server's limit for a statement, and ours for waiting until it can be sent. */
  statementTimeout_ms: number
  /** The limit for connecting; short by default, as a caller waits. */
  connectTimeout_s?: number
  /** Its transactions are read-only. */
  readonly?: boolean
}

interface Connection {
  client: PostgresClient
  /** Queries without a response. */
  asked: number
  /** Seconds since the last response. */
  silent_s: number
  isGivenUp: boolean
  /** Whether it has answered, so that it need not be opened first. */
  isOpen: boolean
}

// While one is answered, the next one is there: at 64 at once that halves our processor time.
// More would only wait behind each other.
const askedMax = 2
// How much longer than the server a client waits before it gives up a connection.
const grace_s = 1

/**
 * Connections that never wait forever, whatever happened to the server. What waits for its turn
 * waits here, so that our own queue is never taken for a silent server.
 */
export function openConnections(options: ConnectionOptions): Connections {
  const { max, statementTimeout_ms } = options
  const silentMax_s = statementTimeout_ms / 1000 + grace_s
  const open = (): Connection => {
    const client = connect({ ...options, max: 1 })
    return { client, asked: 0, silent_s: 0, isGivenUp: false, isOpen: false }
  }
  const all = Array.from({ length: max }, open)
  const waiting = new Set<(connection: Connection) => void>()
  let watch: Timer | undefined

  /** The one with the least to do; it counts as asked from now on. */
  function take(among = all): Connection | undefined {
    if (among.length === 0) return undefined
    const least = among.reduce((found, each) => (each.asked < found.asked ? each : found))
    if (least.asked === askedMax) return undefined
    if (least.asked++ === 0) least.silent_s = 0
    watch ??= setInterval(lookForSilence, 1000).unref()
    return least
  }

  function wait(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const serve = (connection: Connection) => {
        clearTimeout(late)
        resolve(connection)
      }
      const late = setTimeout(() => {
        waiting.delete(serve)
        const message = 'No connection to PostgreSQL is free'
        reject(Object.assign(new Error(message), { code: '53300' }))
      }, statementTimeout_ms)
      waiting.add(serve)
    })
  }

  function serveWaiting(): void {
    for (const resolve of waiting) {
      const connection = take()
      if (!connection) return
      waiting.delete(resolve)
      resolve(connection)
    }
  }

  // Counts its own turns: while this process is stopped or busy, no response is read.
  function lookForSilence(): void {
    const asked = all.filter((connection) => connection.asked > 0)
    for (const connection of asked) if (++connection.silent_s > silentMax_s) giveUp(connection)
    if (asked.length > 0) return
    clearInterval(watch)
    watch = undefined
  }

  // Those that nobody uses may be as dead. Others are answered.
  function giveUp(silent: Connection): void {
    silent.isGivenUp = true
    all.forEach((connection, at) => {
      if (connection !== silent && connection.asked > 0) return
      all[at] = open()
      void connection.client.end({ timeout: 0 })
    })
    serveWaiting()
  }

  async function ask<T>(query: (client: PostgresClient) => PromiseLike<T>): Promise<T> {
    try {
      return await send(query, take() ?? (await wait()))
    } catch (error) {
      // Nothing was sent. A busy server answers those that are connected sooner than new ones.
      const isUnsent = (error as { code?: string }).code === 'CONNECT_TIMEOUT'
      const other = isUnsent && take(all.filter(({ isOpen }) => isOpen))
      if (!other) throw error
      return send(query, other)
    }
  }

  async function send<T>(
    query: (client: PostgresClient) => PromiseLike<T>,
    connection: Connection,
  ): Promise<T> {
    try {
      const result = await query(connection.client)
      connection.isOpen = true
      return result
    } catch (error) {
      connection.isOpen = false
      if (!connection.isGivenUp) throw error
      throw Object.assign(new Error('PostgreSQL did not answer'), { code: 'ETIMEDOUT' })
    } finally {
      connection.asked--
      connection.silent_s = 0
      serveWaiting()
    }
  }

  const close = async () => {
    await Promise.all(all.map(({ client }) => client.end({ timeout: 5 })))
  }
  return { ask, close }
}

/** Opens a pool; connects when first used. */
export function connect(given: ConnectionOptions): PostgresClient {
  const { max, statementTimeout_ms, connectTimeout_s = 2, readonly = false } = given
  const { url, ssl, sessions } = readPostgresAddress(given.url)
  const options = {
    max,
    ...(ssl && { ssl }),
    ...(sessions && { target_session_attrs: sessions }),
    connect_timeout: connectTimeout_s,
    idle_timeout: 60,
    // Seconds between reconnects; the default grows to 20.
    backoff: () => 0.2,
    onnotice: () => {},
    // Times stay text as PostgreSQL formats them; the column kit parses them.
    types: {
      date: { to: 1184, from: [1082, 1114, 1184], serialize: same, parse: same },
      // The driver asks for the types of arrays when it connects. On Deno the first query can
      // overtake what was found, and an array of one text went out as that text.
      texts: { to: 1009, from: [], serialize: toTextArray, parse: same },
    },
    connection: {
      application_name: 'campus',
      TimeZone: 'UTC',
      default_transaction_read_only: readonly,
      standard_conforming_strings: 'on' as unknown as boolean, // inlined parameters rely on it
      // Milliseconds. The caller has given up by then, so the server should too.
      statement_timeout: statementTimeout_ms,
      lock_timeout: statementTimeout_ms / 2,
      idle_in_transaction_session_timeout: 10_000,
    },
  }
  return postgres(url, options) as unknown as PostgresClient
}

function same(text: string): string {
  return text
}
