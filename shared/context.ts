import type { App } from './app.ts'
import type { Client } from './host/client.ts'
import type { Config } from './host/config.ts'
import type { Log } from './host/log.ts'
import type { Prunable } from './host/prune.ts'
import type { Secret } from './host/secret.ts'
import type { SecurityLog } from './host/security-log.ts'
import type { Store } from './store/store.ts'

/** All that a service may use of the world. Tests hand in their own clock and ids. */
export interface Context {
  store: Store
  config: Config
  log: Log
  /** Now, in milliseconds since 1970. */
  clock: () => number
  /** A new UUIDv7. */
  id: () => string
  secret: Secret
  /** The client's address, as far as it is known: a proxy's word counts only when it is trusted. */
  addressOf: (request: Request) => string
  /** Aborts when the login of a request ended, or its token expired; see `Authenticator.endOf`. */
  endOf: (request: Request) => AbortSignal
  /** Another service, in this process or elsewhere, by its type. */
  client: <Api extends App>(service: string) => Client<Api>
  /** Fires when the process is about to end; whatever would not end by itself must. */
  stopping: AbortSignal
  /** Adds a probe to readiness: the service is not ready while it throws. */
  check: (name: string, probe: () => Promise<void>) => void
  /** Writes a security event: a line of the log, and what administrators read at users. */
  security: SecurityLog
  /** Shows a line to whoever starts the system. It does not go into the log. */
  announce: (name: string, text: string) => void
  /**
   * Hands over, a few at a time and within seconds, the ids of accounts that were removed; all that
   * ever were, once an hour and after a start. Removing what is not there must do no harm.
   */
  onUsersRemoved: (forget: (userIds: string[]) => Promise<void>) => void
  /** Deletes old rows from time to time, and shows how late the oldest one is. */
  prune: (rows: Prunable) => void
  /** Runs a task again and again while the process serves; an error is logged: see `Schedule`. */
  every: (seconds: number, name: string, task: () => Promise<boolean | void>) => void
}
