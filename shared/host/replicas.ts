import { isIP } from 'node:net'
import { withDeadline } from '../deadline.ts'
import { findAddresses } from '../find-addresses.ts'

/** One of the processes that run a service. */
export interface Replica {
  /** Its address, without a path. */
  url: string
  isReady: boolean
}

/** The processes that run a service: one, or several that share the load. */
export interface Replicas {
  /** The replicas to try, in round-robin order. All of them when none is known to be ready. */
  rotate: () => Replica[]
  /** Tries replicas until one answers; for a request that is safe to send to another one. */
  fetch: (path: string, init?: RequestInit) => Promise<Response>
  /**
   * Resolves their addresses, and probes them when there are several. To be called every second.
   */
  refresh: () => Promise<void>
  /** @throws Error when none is ready */
  requireReady: () => Promise<void>
  /** How many are ready; probes each. */
  countReady: () => Promise<number>
}

/** How soon a new or a silent process is noticed. */
export const refreshReplicasEvery_s = 1

// As long as a load balancer waits; a probe or look-up that hangs counts as failed.
const probeTimeout_ms = 2000

type Find = (name: string) => Promise<string[]>

/**
 * Finds the replicas of a service.
 * @param urls one address each; a host name stands for all addresses it resolves to
 */
export function createReplicas(urls: readonly string[], find: Find = findAddresses): Replicas {
  let replicas = urls.map((url): Replica => ({ url, isReady: true }))
  const resolved = new Map<string, string[]>()
  let turn = 0

  function rotate(): Replica[] {
    const ready = replicas.filter(({ isReady }) => isReady)
    const asked = ready.length > 0 ? ready : replicas
    const first = turn++ % asked.length
    return first === 0 ? asked : [...asked.slice(first), ...asked.slice(0, first)]
  }

  /** @param probedFrom from how many on each is probed */
  async function look(probedFrom: number): Promise<void> {
    const found = new Set((await Promise.all(urls.map(resolve))).flat())
    const known = new Map(replicas.map((replica) => [replica.url, replica]))
    const now = [...found].map((url) => known.get(url) ?? { url, isReady: true })
    if (now.length >= probedFrom) await Promise.all(now.map(probe))
    replicas = now
  }

  /** The addresses of a URL; itself, which is not ready then, if its name is unknown. */
  async function resolve(url: string): Promise<string[]> {
    const { protocol, hostname } = new URL(url)
    // A certificate is for a name, so the name is kept.
    if (protocol === 'https:' || isIP(hostname.replace(/^\[|\]$/g, ''))) return [url]
    try {
      const addresses = await withDeadline(find(hostname), probeTimeout_ms, () => {
        throw new Error(`No name server answers for ${hostname}`)
      })
      resolved.set(
        url,
        addresses.map((address) => atAddress(url, address)),
      )
    } catch (error) {
      // What no name server answers for is as it was. The address of a name that is gone may be
      // another service's by now.
      if ((error as NodeJS.ErrnoException).code === 'ENOTFOUND') resolved.delete(url)
    }
    return resolved.get(url) ?? [url]
  }

  const countReady = () => replicas.filter(({ isReady }) => isReady).length

  return {
    rotate,
    fetch: async (path, init) => {
      for (const replica of rotate()) {
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
    countReady: () => look(1).then(countReady),
  }
}

/** Whether a request failed before it reached the service, so that it had no effect. */
export function isUnreached(error: unknown): boolean {
  return error instanceof Error && 'code' in error && unreached.test(String(error.code))
}

const unreached =
  /^(ConnectionRefused|ECONNREFUSED|FailedToOpenSocket|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)$/

function atAddress(url: string, address: string): string {
  const at = new URL(url)
  at.hostname = isIP(address) === 6 ? `[${address}]` : address
  return at.origin
}

async function probe(replica: Replica): Promise<void> {
  const answer = await fetch(`${replica.url}/readyz`, {
    signal: AbortSignal.timeout(probeTimeout_ms),
  }).catch(() => undefined)
  replica.isReady = answer?.ok === true
}
