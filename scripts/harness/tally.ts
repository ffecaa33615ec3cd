import { percentile } from './figure.ts'

/** Counts the outcomes of requests, and their durations. */
export interface Tally {
  /** @param outcome a status, or a word where there was no response */
  add: (outcome: string, ms: number) => void
  counts: Readonly<Record<string, number>>
  /** @param share from 0 to 1 */
  percentile_ms: (share: number) => number
}

export function createTally(): Tally {
  const counts: Record<string, number> = {}
  const times: number[] = []
  return {
    add: (outcome, ms) => {
      counts[outcome] = (counts[outcome] ?? 0) + 1
      times.push(ms)
    },
    counts,
    percentile_ms: (share) => percentile(times, share),
  }
}
