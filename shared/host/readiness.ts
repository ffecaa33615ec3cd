import { setTimeout as sleep } from 'node:timers/promises'
import { withDeadline } from '../deadline.ts'
import { describeError } from '../describe-error.ts'
import type { Log } from './log.ts'

export interface Readiness {
  /** Adds a probe; the process is not ready while it throws. */
  check: (name: string, probe: () => Promise<void>) => void
  /** Adds a probe that is only reported: for what this process can do without. */
  watch: (name: string, probe: () => Promise<void>) => void
  /** Not ready from now on: the process is about to end. */
  drain: () => void
  draining: () => boolean
  /** @param timeout_ms of a probe; by default what a load balancer waits */
  report: (timeout_ms?: number) => Promise<Report>
  /**
   * The first check of everything, before the process serves.
   * @throws Error that names what kept failing
   */
  requireReady: () => Promise<void>
}

export interface Report {
  ready: boolean
  checks: Record<string, string>
}

// A probe that hangs counts as failed. Load balancers ask every few seconds.
const probeTimeout_ms = 2000
// A busy machine may take its time at the start.
const startTimeout_ms = 30_000
const startAttempts = 6

export function createReadiness(log: Log): Readiness {
  const probes = new Map<string, () => Promise<void>>()
  const watched = new Map<string, () => Promise<void>>()
  let draining = false

  async function run(
    [name, probe]: [string, () => Promise<void>],
    timeout_ms: number,
  ): Promise<[string, string]> {
    try {
      await withDeadline(probe(), timeout_ms, () => {
        throw new Error(`${name} did not answer within ${timeout_ms} ms`)
      })
      return [name, 'ok']
    } catch (error) {
      // Says what failed, not why: the response is public, and the reason may contain addresses.
      log.warn('readiness check failed', { check: name, ...describeError(error) })
      return [name, 'failed']
    }
  }

  async function report(timeout_ms = probeTimeout_ms): Promise<Report> {
    const runAll = (all: typeof probes) => Promise.all([...all].map((one) => run(one, timeout_ms)))
    const [own, others] = await Promise.all([runAll(probes), runAll(watched)])
    const process = draining ? [['process', 'draining'] as const] : []
    return {
      ready: !draining && own.every(([, state]) => state === 'ok'),
      checks: Object.fromEntries([...process, ...own, ...others]),
    }
  }

  return {
    check: (name, probe) => void probes.set(name, probe),
    watch: (name, probe) => void watched.set(name, probe),
    drain: () => {
      draining = true
    },
    draining: () => draining,
    report,
    requireReady: async () => {
      let failed: string[] = []
      for (let attempt = 1; attempt <= startAttempts; attempt++) {
        const { ready, checks } = await report(startTimeout_ms)
        if (ready) return
        failed = Object.keys(checks).filter((check) => checks[check] !== 'ok')
        await sleep(500)
      }
      throw new Error(`Not ready to serve: ${failed.join(', ')} failed. See the log.`)
    },
  }
}
