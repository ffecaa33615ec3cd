import type { LoadReport } from './load.ts'

/** Counts answers and their latencies between `start` and `stop`. */
export function createTally() {
  const statuses: Record<string, number> = {}
  const latencies: number[] = []
  let started: number | undefined

  return {
    start: () => {
      started = performance.now()
    },
    /** @param status of the answer, or a word for what came instead */
    count: (status: string, ms: number) => {
      if (started === undefined) return
      statuses[status] = (statuses[status] ?? 0) + 1
      latencies.push(ms)
    },
    stop: (): LoadReport => {
      const seconds = (performance.now() - (started ?? 0)) / 1000
      const sorted = Float64Array.from(latencies).toSorted()
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
      const created = statuses['201'] ?? 0
      started = undefined
      return { perSecond: created / seconds, statuses, p50_ms: at(0.5), p99_ms: at(0.99) }
    },
  }
}
