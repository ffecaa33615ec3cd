import { bulkhead, wrap, type IPolicy } from 'cockatiel'
import { createBreaker } from '../../shared/breaker.ts'
import { isUnreached } from '../../shared/host/replicas.ts'

/** The slots a request takes: those waiting for the judge must not block others. */
export type Slots = 'ordinary' | 'judge'

/** How a replica is called. */
export interface Policies extends Record<Slots, IPolicy> {
  /** Takes no slot: for bodies that stream as slowly as their sender. */
  breaker: IPolicy
}

// Bun keeps this many idle connections to one address; more at once would be opened and thrown away
// for each request, and fill the system with sockets in TIME_WAIT.
const connectionsMax = 64
// Requests waiting for a connection: a second of work. More would only make it worse.
const waitingMax = 10_000
// More than a judge works on at once. Closing their connections at times costs little.
const judgedMax = 32
const judgedWaitingMax = 1000

/** One per replica, so that a dead one takes nothing from the others. */
export function createPolicies(): Policies {
  const breaker = createBreaker(isFault)
  return {
    breaker,
    ordinary: wrap(bulkhead(connectionsMax, waitingMax), breaker),
    judge: wrap(bulkhead(judgedMax, judgedWaitingMax), breaker),
  }
}

/** The response did not begin in time. */
export class HopTimeout extends Error {}

// Only known errors: a client must not be able to pass its own fault off as the service's.
function isFault(error: unknown): boolean {
  return error instanceof HopTimeout || isUnreached(error) || isCutOff(error)
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && cutOff.test(String(error.code))
}

const cutOff = /^(ConnectionClosed|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT)$/
