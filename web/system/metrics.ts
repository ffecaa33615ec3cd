/** The gateway's counters at a moment; they only grow, until a restart. */
export interface Snapshot {
  at: number
  requests: number
  /** Responses of 5xx. */
  errors: number
  /** How many requests took at most that many seconds, by bucket. */
  buckets: Map<number, number>
}

export interface Rates {
  at: number
  requestsPerSecond: number
  errorsPerSecond: number
  median_ms: number | undefined
  p99_ms: number | undefined
}

const line = /^http_request_duration_seconds_(bucket|count)\{(.*)\} (\S+)$/
const label = (labels: string, name: string) =>
  new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? ''

/** Parses the request metrics of the Prometheus text format, version 0.0.4. */
export function readSnapshot(text: string, at: number): Snapshot {
  const snapshot: Snapshot = { at, requests: 0, errors: 0, buckets: new Map() }
  for (const [, kind, labels = '', value] of text.split('\n').flatMap((one) => {
    const match = line.exec(one)
    return match ? [match] : []
  })) {
    // Monitoring requests do not count.
    if (/^\/(?:metrics|readyz|livez)$/.test(label(labels, 'route'))) continue
    const count = Number(value)
    if (kind === 'count') {
      snapshot.requests += count
      if (label(labels, 'status').startsWith('5')) snapshot.errors += count
    } else {
      const bound = Number(label(labels, 'le').replace('+Inf', 'Infinity'))
      snapshot.buckets.set(bound, (snapshot.buckets.get(bound) ?? 0) + count)
    }
  }
  return snapshot
}

/** The difference between two moments. @returns undefined if the process restarted in between */
export function compare(before: Snapshot, after: Snapshot): Rates | undefined {
  const requests = after.requests - before.requests
  const seconds = (after.at - before.at) / 1000
  if (requests < 0 || seconds <= 0) return undefined
  const counts = [...after.buckets]
    .map(([bound, count]) => [bound, count - (before.buckets.get(bound) ?? 0)] as const)
    .toSorted(([a], [b]) => a - b)
  return {
    at: after.at,
    requestsPerSecond: requests / seconds,
    errorsPerSecond: (after.errors - before.errors) / seconds,
    median_ms: quantile(counts, requests * 0.5),
    p99_ms: quantile(counts, requests * 0.99),
  }
}

/** Interpolates linearly within a bucket, like Prometheus. */
function quantile(
  counts: readonly (readonly [bound: number, count: number])[],
  rank: number,
): number | undefined {
  if (rank === 0) return undefined
  let [lower, below] = [0, 0]
  for (const [bound, count] of counts) {
    if (count >= rank) {
      if (bound === Infinity) return lower * 1000
      return (lower + ((bound - lower) * (rank - below)) / (count - below)) * 1000
    }
    ;[lower, below] = [bound, count]
  }
  return undefined
}
