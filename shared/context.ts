import type { App } from './app.ts'
import type { Client } from './host/client.ts'
import type { Config } from './host/config.ts'
import type { Log } from './host/log.ts'
import type { Metrics } from './host/metric.ts'
import type { Prunable } from './host/prune.ts'
import type { Secret } from './host/secret.ts'
import type { SecurityLog } from './host/security-log.ts'
import type { Store } from '@campus/store/store.ts'

/** Everything a service may use. Tests pass in their own clock, ids and cheap hashes. */
export interface Context {
  store: Store
  config: Config
  log: Log
  /** Now, in milliseconds since 1970. */
  clock: () => number
  /** A new UUIDv7. */
  id: () => string
  /** A password as it is kept. */
  hashPassword: (password: string) => Promise<string>
  secret: Secret
  /** The client's address, if known; forwarded addresses count only from trusted proxies. */
  addressOf: (request: Request) => string
  /** Aborts when the login of a request ends or its token expires; see `Authenticator.endOf`. */
  endOf: (request: Request) => AbortSignal
  /** A typed client of another service, in this process or elsewhere. */
  client: <Api extends App>(service: string) => Client<Api>
  /** Fires when the process is about to end, for everything that would not end by itself. */
  stopping: AbortSignal
  /** Adds a probe to readiness: the service is not ready while it throws. */
  check: (name: string, probe: () => Promise<void>) => void
  /** Records a security event, in the log and in the security log of users. */
  security: SecurityLog
  /** Adds a number to the metrics, read when they are requested. */
  gauge: Metrics['gauge']
  /** Prints a line for the user who starts the system, but not into the log. */
  announce: (name: string, text: string) => void
  /**
   * Passes on the ids of removed accounts, a few at a time and within seconds; once an hour and
   * after a start, all there ever were. So removal must be idempotent.
   */
  onUsersRemoved: (forget: (userIds: string[]) => Promise<void>) => void
  /** Deletes expired rows periodically, and measures how overdue the oldest one is. */
  prune: (rows: Prunable) => void
  /** Runs a task periodically while the process serves; errors are logged, see `Schedule`. */
  every: (seconds: number, name: string, task: () => Promise<boolean | void>) => void
}
