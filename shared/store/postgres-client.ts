import postgres from 'postgres'
import { withDeadline } from '../deadline.ts'
import { readPostgresAddress } from './postgres-address.ts'

export type PostgresClient = postgres.Sql<Record<string, never>>

export interface Connections {
  /**
   * Runs one query.
   * @throws an error with code ETIMEDOUT when there is no response in time; whether it took effect
   *   is then unknown, and the connections are replaced
   */
  ask: <T>(query: (client: PostgresClient) => PromiseLike<T>) => Promise<T>
  close: () => Promise<void>
}

export interface ConnectionOptions {
  url: string
  /** The most connections. */
  max: number
  /** The server's limit for a statement; a second later its connection counts as dead. */
  statementTimeout_ms: number
  /** The limit for connecting; short by default, as a caller waits. */
  connectTimeout_s?: number
  /** Its transactions are read-only. */
  readonly?: boolean
}

// How much longer than the server a client waits before it gives up a connection.
const grace_ms = 1000

/** Connections that never wait forever, whatever happened to the server. */
export function openConnections(options: ConnectionOptions): Connections {
  let client = connect(options)

  async function ask<T>(query: (client: PostgresClient) => PromiseLike<T>): Promise<T> {
    const asked = client
    return withDeadline(query(asked), options.statementTimeout_ms + grace_ms, () => {
      if (client === asked) client = connect(options)
      void asked.end({ timeout: 0 })
      throw Object.assign(new Error('PostgreSQL did not answer'), { code: 'ETIMEDOUT' })
    })
  }

  return { ask, close: () => client.end({ timeout: 5 }) }
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
    types: { date: { to: 1184, from: [1082, 1114, 1184], serialize: same, parse: same } },
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
