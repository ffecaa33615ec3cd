import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

/** One of the processes that run a service. */
export interface Replica {
  /** Its address, without a path. */
  url: string
  isReady: boolean
}

/** The processes that run a service: one, or several that share the load. */
export interface Replicas {
  /** The replicas to try, in round-robin order. All of them when none is known to be ready. */
  inTurn: () => Replica[]
  /** Tries replicas until one answers; for a request that is safe to send to another one. */
  fetch: (path: string, init?: RequestInit) => Promise<Response>
  /**
   * Resolves their addresses, and probes them when there are several. To be called every second.
   */
  refresh: () => Promise<void>
  /** @throws Error when none is ready */
  requireReady: () => Promise<void>
  /** How many are ready; probes each. 0 when the name resolves to no address. */
  countReady: () => Promise<number>
}

/** How soon a new or a silent process is noticed. */
export const refreshReplicasEvery_s = 1

// As long as a load balancer waits; a probe that hangs counts as failed.
const probeTimeout_ms = 2000

/**
 * Finds the replicas of a service.
 * @param urls one address each; a host name stands for all addresses it resolves to
 */
export function createReplicas(urls: readonly string[]): Replicas {
  let replicas = urls.map((url): Replica => ({ url, isReady: true }))
  let turn = 0

  function inTurn(): Replica[] {
    const ready = replicas.filter(({ isReady }) => isReady)
    const asked = ready.length > 0 ? ready : replicas
    const first = turn++ % asked.length
    return first === 0 ? asked : [...asked.slice(first), ...asked.slice(0, first)]
  }

  /** @param probedFrom from how many on each is probed */
  async function look(probedFrom: number): Promise<void> {
    const found = new Set((await Promise.all(urls.map(findAddresses))).flat())
    const known = new Map(replicas.map((replica) => [replica.url, replica]))
    const now = [...found].map((url) => known.get(url) ?? { url, isReady: true })
    if (now.length >= probedFrom) await Promise.all(now.map(probe))
    replicas = now
  }

  const countReady = () => replicas.filter(({ isReady }) => isReady).length

  return {
    inTurn,
    fetch: async (path, init) => {
      for (const replica of inTurn()) {
        try {
          return await fetch(replica.url + path, init)
        } catch (error) {
          if (!isUnreached(error)) throw error
          replica.isReady = false
        }
      }
      throw new Error('None of the replicas can be reached')
    },
    // A single replica is not probed: there is no alternative.
    refresh: () => look(2),
    requireReady: async () => {
      await look(1)
      if (countReady() > 0) return
      throw new Error(`Not ready: ${replicas.map(({ url }) => url).join(', ')}`)
    },
    countReady: () => look(1).then(countReady, () => 0),
  }
}

/** Whether a request failed before it reached the service, so that it had no effect. */
export function isUnreached(error: unknown): boolean {
  return error instanceof Error && 'code' in error && unreached.test(String(error.code))
}

const unreached =
  /^(ConnectionRefused|ECONNREFUSED|FailedToOpenSocket|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)$/

async function findAddresses(url: string): Promise<string[]> {
  const { protocol, hostname } = new URL(url)
  // A certificate is for a name, so the name is kept.
  if (protocol === 'https:' || isIP(hostname.replace(/^\[|\]$/g, ''))) return [url]
  const addresses = await lookup(hostname, { all: true })
  return addresses.map(({ address, family }) => {
    const at = new URL(url)
    at.hostname = family === 6 ? `[${address}]` : address
    return at.origin
  })
}

async function probe(replica: Replica): Promise<void> {
  const answer = await fetch(`${replica.url}/readyz`, {
    signal: AbortSignal.timeout(probeTimeout_ms),
  }).catch(() => undefined)
  replica.isReady = answer?.ok === true
}
