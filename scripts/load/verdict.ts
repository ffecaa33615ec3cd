import type { K6Result, K6Summary } from './k6.ts'
import type { Figures } from './samples.ts'

export interface Threshold {
  /** Metric and expression: `overlaps value==0`. */
  name: string
  passed: boolean
}

export interface Verdict {
  passed: boolean
  /** Everything that failed, described. */
  problems: string[]
  thresholds: Threshold[]
  checks: { passed: number; failed: number }
  /** Counted by the service from its rows; undefined when the run did not get that far. */
  overlaps: number | undefined
  /** Bookings, or ratings, found at the end. */
  rows: number | undefined
  /** The number implied by the responses. */
  expected: number
}

const interrupted = 105
const thresholdsFailed = 99

/**
 * Judges a run on a formerly empty system: k6's thresholds, and that every row is accounted for.
 */
export function judge({ exitCode, summary }: K6Result, figures: Figures): Verdict {
  const { metrics } = summary ?? { metrics: {} }
  const thresholds = readThresholds(metrics)
  // A scenario makes either bookings or ratings, and counts them at the end.
  const rows = (metrics.allocations ?? metrics.ratings)?.value
  const { book, rate, release, withdraw } = figures.answers
  const bookings = metrics.booked_together?.count ?? book?.['201'] ?? 0
  const made = bookings + (metrics.booked_in_turn?.count ?? 0) + (rate?.['201'] ?? 0)
  const givenBack = (release?.['204'] ?? 0) + (metrics.given_back?.count ?? 0)
  const expected = made - givenBack - (withdraw?.['204'] ?? 0)
  const failed = thresholds.filter(({ passed }) => !passed)
  const problems = [
    ...judgeEnd(exitCode, failed.length),
    // Requests in flight at the interruption may have taken effect without a response.
    ...(exitCode === interrupted ? [] : judgeRows(rows, expected)),
    ...failed.map(({ name }) => `threshold not met: ${name}`),
  ]
  return {
    passed: problems.length === 0,
    problems,
    thresholds,
    checks: { passed: metrics.checks?.passes ?? 0, failed: metrics.checks?.fails ?? 0 },
    overlaps: metrics.overlaps?.value,
    rows,
    expected,
  }
}

function judgeEnd(exitCode: number, failed: number): string[] {
  if (exitCode === interrupted) return ['interrupted']
  if (exitCode === (failed > 0 ? thresholdsFailed : 0)) return []
  return [`k6 ended with ${exitCode}; see k6.txt`]
}

function judgeRows(rows: number | undefined, expected: number): string[] {
  if (rows === undefined) return ['the rows were never counted']
  if (rows === expected) return []
  return [`${rows} rows found, but ${expected} were acknowledged`]
}

function readThresholds(metrics: K6Summary['metrics']): Threshold[] {
  return Object.entries(metrics).flatMap(([metric, { thresholds = {} } = {}]) =>
    Object.entries(thresholds).map(([expression, crossed]) => ({
      name: `${metric} ${expression}`,
      passed: !crossed,
    })),
  )
}
