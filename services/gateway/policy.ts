import { bulkhead, wrap, type IPolicy } from 'cockatiel'
import { createBreaker } from '../../shared/breaker.ts'
import { isUnreached } from '../../shared/host/replicas.ts'

/** Whose slots a request takes; what waits for the judge must not keep others waiting. */
export type Slots = 'ordinary' | 'judge'

/** What a replica is asked through. */
export interface Policies extends Record<Slots, IPolicy> {
  /** Takes no slot: for what flows as slowly as its sender. */
  breaker: IPolicy
}

// Bun keeps this many idle connections to one address; more at once would be opened and thrown away
// for each request, and fill the system with sockets in TIME_WAIT.
const connectionsMax = 64
// What waits for a connection. A second of work; past that, waiting only makes it worse.
const waitingMax = 10_000
// More than a judge works on at once. That their connections are thrown away at times costs little.
const judgedMax = 32
const judgedWaitingMax = 1000

/** Each replica has its own, so that a dead one takes nothing from the others. */
export function createPolicies(): Policies {
  const breaker = createBreaker(isFault)
  return {
    breaker,
    ordinary: wrap(bulkhead(connectionsMax, waitingMax), breaker),
    judge: wrap(bulkhead(judgedMax, judgedWaitingMax), breaker),
  }
}

/** That an answer did not begin in time. */
export class HopTimeout extends Error {}

// Only what is recognised: a client must not be able to make a fault of the service out of its own.
function isFault(error: unknown): boolean {
  return error instanceof HopTimeout || isUnreached(error) || isCutOff(error)
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && cutOff.test(String(error.code))
}

const cutOff = /^(ConnectionClosed|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT)$/
