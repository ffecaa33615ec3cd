import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { percentiles } from '../harness/figure.ts'

/** NaN without requests. */
export interface Percentiles {
  p50_ms: number
  p95_ms: number
  p99_ms: number
}

export interface Second extends Percentiles {
  requests: number
  /** Responses 201, 200 or 204: something was done. */
  done: number
  /** Responses 409, 404 or 412: somebody else was first. */
  refused: number
}

/** Figures of the load itself, without the requests that prepare and count. */
export interface Figures extends Percentiles {
  requests: number
  seconds: number
  /** Responses by kind of request and status: `{ book: { 201: 7 } }`. */
  answers: Record<string, Record<string, number>>
  timeline: Second[]
}

interface Sample {
  /** The time of the response, in milliseconds since 1970. */
  time: number
  duration_ms: number
  name: string
  status: string
}

const refusals = new Set(['404', '409', '412'])

/** Reads k6's samples as CSV, with times in milliseconds; empty without the file. */
export async function readFigures(file: string): Promise<Figures> {
  const samples = await readSamples(file)
  let [first, last] = [Infinity, -Infinity]
  const answers: Figures['answers'] = {}
  for (const { time, name, status } of samples) {
    first = Math.min(first, time)
    last = Math.max(last, time)
    const statuses = (answers[name] ??= {})
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  return {
    requests: samples.length,
    seconds: samples.length > 0 ? (last - first) / 1000 : 0,
    answers,
    ...toPercentiles(samples),
    timeline: toTimeline(samples, first, last),
  }
}

async function readSamples(file: string): Promise<Sample[]> {
  const samples: Sample[] = []
  if (!(await Bun.file(file).exists())) return samples
  let columns: string[] | undefined
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!columns) {
      columns = line.split(',')
      continue
    }
    // One of a dozen metrics of each request; lines of the others are skipped unparsed.
    if (!line.startsWith('http_req_duration,')) continue
    const values = line.split(',')
    const read = (column: string) => values[columns?.indexOf(column) ?? -1] ?? ''
    if (read('group').startsWith('::setup') || read('group').startsWith('::teardown')) continue
    samples.push({
      time: Number(read('timestamp')),
      duration_ms: Number(read('metric_value')),
      name: read('name'),
      status: read('status'),
    })
  }
  return samples
}

function toTimeline(samples: Sample[], first: number, last: number): Second[] {
  // A partial last second would look like a collapse.
  const length = Math.max(1, Math.floor((last - first) / 1000 + 0.1))
  const seconds: Sample[][] = Array.from({ length }, () => [])
  for (const sample of samples) seconds[Math.floor((sample.time - first) / 1000)]?.push(sample)
  return seconds.map((within) => ({
    requests: within.length,
    done: within.filter(({ status }) => status.startsWith('2')).length,
    refused: within.filter(({ status }) => refusals.has(status)).length,
    ...toPercentiles(within),
  }))
}

function toPercentiles(samples: Sample[]): Percentiles {
  const times = samples.map(({ duration_ms }) => duration_ms)
  const [p50_ms = NaN, p95_ms = NaN, p99_ms = NaN] = percentiles(times, [0.5, 0.95, 0.99])
  return { p50_ms, p95_ms, p99_ms }
}
