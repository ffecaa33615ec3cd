import { setTimeout as sleep } from 'node:timers/promises'
import { readPostgresAddress } from './postgres-address.ts'
import {
  openConnections,
  type ConnectionOptions,
  type Connections,
  type PostgresClient,
} from './postgres-client.ts'

/** Runs one query, whose text decides where. */
export type Ask = <T>(query: (client: PostgresClient) => PromiseLike<T>, text: string) => Promise<T>

export interface Scans {
  ask: Ask
  close: () => Promise<void>
}

// A standby in the same building is behind by a few milliseconds; with a longer wait the primary
// would have answered.
const patience_ms = 100
const pause_ms = 5
// After a failure the primary serves all, so that nobody waits for the replica each time.
const restAfterFailure_ms = 30_000
// Asks a replica how far it is; one that is silent is given up within two seconds.
const probe = { max: 1, statementTimeout_ms: 1000 }
// A standby sees which transactions are committed, but not which ones are open.
const aboutTransactions = /snapshot|pg_stat_activity|xact/
export const isRead = /^\s*(select|with)\b/i
// What the primary would answer as well: wrong values, wrong SQL (PostgreSQL documentation,
// appendix A).
const ofTheQuery = /^(22|42)/

/**
 * The cluster, and the timeline that it writes: positions of others cannot be compared. It changes
 * with a promotion.
 */
export const historyOfPrimary = `SELECT pg_current_wal_flush_lsn()::text AS position,
  system_identifier::text || '/' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) AS history
  FROM pg_control_system()`
/** The cluster and the timeline that a standby replays, as of its last restartpoint. */
export const historyOfStandby = `SELECT pg_is_in_recovery() AS "isStandby",
  pg_last_wal_replay_lsn()::text AS position,
  system_identifier::text || '/' || upper(lpad(to_hex(timeline_id), 8, '0')) AS history
  FROM pg_control_system(), pg_control_checkpoint()`
const standing = `SELECT "isStandby" AND history = $1 AS "isSame",
  position::pg_lsn >= $2 AS "isThere" FROM (${historyOfStandby}) AS standby`

/** Everything committed and acknowledged is before this position. */
interface Reached {
  position: string
  history: string
}

interface Found {
  isSame: boolean
  isThere: boolean | null
}

/**
 * Connections for queries that may read every row, opened when first used. With `replica=` in the
 * URL they read from that standby, once it has what was committed before they were asked: nobody
 * misses their own write, or what they were told of. A replica that is behind delays a scan by 100
 * ms, one that is away by two seconds; then the primary answers all of them for half a minute.
 * @param primary the pool that is asked how far it is
 */
export function openScans(options: ConnectionOptions, primary: Connections): Scans {
  const { replica } = readPostgresAddress(options.url)
  const own = openConnections(options)
  const standby = replica && {
    scans: openConnections({ ...options, url: replica }),
    probes: openConnections({ ...options, ...probe, url: replica }),
  }
  let restsUntil_ms = 0

  const ask: Ask = async (query, text) => {
    const mayBeThere = isRead.test(text) && !aboutTransactions.test(text)
    if (standby && mayBeThere && performance.now() >= restsUntil_ms) {
      try {
        if (await isUpToDate(standby.probes, primary)) return await standby.scans.ask(query)
      } catch (error) {
        if (ofTheQuery.test((error as { code?: string }).code ?? '')) throw error
      }
      restsUntil_ms = performance.now() + restAfterFailure_ms
    }
    return own.ask(query)
  }

  const close = async () => {
    const all = [own, ...(standby ? [standby.scans, standby.probes] : [])]
    await Promise.all(all.map((each) => each.close()))
  }
  return { ask, close }
}

/**
 * Whether a standby has what is committed and acknowledged by now, or soon has. False as well if it
 * follows another primary, is away, starting or too slow for an answer, or may not be asked.
 */
async function isUpToDate(probes: Connections, primary: Connections): Promise<boolean> {
  const end_ms = performance.now() + patience_ms
  try {
    const [reached] = await primary.ask((client) => client.unsafe<[Reached]>(historyOfPrimary))
    const values = [reached.history, reached.position]
    do {
      const [found] = await probes.ask((client) => {
        return client.unsafe<[Found]>(standing, values, { prepare: true })
      })
      if (!found.isSame || found.isThere) return found.isSame
      await sleep(pause_ms)
    } while (performance.now() < end_ms)
  } catch {
    // The primary answers, or says what is wrong.
  }
  return false
}
