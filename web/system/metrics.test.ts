import { describe, expect, it } from 'bun:test'
import { compare, readSnapshot } from './metrics.ts'

const series = (labels: string, counts: Record<string, number>, total: number) =>
  [
    ...Object.entries(counts).map(
      ([le, count]) => `http_request_duration_seconds_bucket{le="${le}",${labels}} ${count}`,
    ),
    `http_request_duration_seconds_sum{${labels}} 1`,
    `http_request_duration_seconds_count{${labels}} ${total}`,
  ].join('\n')

const good = 'method="GET",route="/api/cars",status="200"'
const bad = 'method="GET",route="/api/cars",status="503"'

describe('the rates of requests', () => {
  const before = readSnapshot(series(good, { '0.01': 5, '0.1': 10, '+Inf': 10 }, 10), 0)
  const text = [
    '# HELP http_request_duration_seconds Time',
    series(good, { '0.01': 105, '0.1': 110, '+Inf': 110 }, 110),
    series(bad, { '0.01': 0, '0.1': 20, '+Inf': 20 }, 20),
    series('method="GET",route="/metrics",status="200"', { '+Inf': 900 }, 900),
  ].join('\n')

  it('are the difference of two samples, excluding monitoring', () => {
    const rates = compare(before, readSnapshot(text, 10_000))
    expect(rates).toMatchObject({ requestsPerSecond: 12, errorsPerSecond: 2 })
  })

  it('show how long requests took', () => {
    const rates = compare(before, readSnapshot(text, 10_000))
    expect(rates?.median_ms).toBeCloseTo(6, 1)
    expect(rates?.p99_ms).toBeGreaterThan(90)
    expect(rates?.p99_ms).toBeLessThanOrEqual(100)
  })

  it('are unknown across a restart, and without requests', () => {
    expect(compare(readSnapshot(text, 0), readSnapshot('', 1000))).toBeUndefined()
    expect(compare(before, { ...before, at: 1000 })).toMatchObject({
      requestsPerSecond: 0,
      median_ms: undefined,
    })
  })
})
