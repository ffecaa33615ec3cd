import { expect, it } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { K6Summary } from './k6.ts'
import { toHtml } from './report.ts'
import { readFigures } from './samples.ts'
import { judge } from './verdict.ts'

const head = 'metric_name,timestamp,metric_value,group,name,status,extra_tags,metadata'
const lines = [
  head,
  'http_req_duration,1000,99.0,::setup,create,201,,',
  ...Array.from({ length: 98 }, (_, at) => `http_req_duration,${2000 + at},2.0,,book,201,,`),
  'http_req_blocked,2500,7.0,,book,201,,',
  'http_req_duration,4500,4.0,,book,409,,',
  'http_req_duration,5000,8.0,,release,204,,',
  'http_req_duration,9000,99.0,::teardown,audit,200,,',
]

async function readExample() {
  const folder = await mkdtemp(join(tmpdir(), 'campus-load-'))
  await Bun.write(join(folder, 'samples.csv'), lines.join('\n'))
  const figures = await readFigures(join(folder, 'samples.csv'))
  await rm(folder, { recursive: true })
  return figures
}

function summary(allocations: number, crossed = false): K6Summary {
  return {
    metrics: {
      allocations: { value: allocations },
      overlaps: { value: 0, thresholds: { 'value==0': crossed } },
    },
  }
}

it('counts the load itself, not preparation and audit', async () => {
  const figures = await readExample()
  expect(figures).toMatchObject({
    requests: 100,
    seconds: 3,
    p50_ms: 2,
    p95_ms: 2,
    p99_ms: 4,
    answers: { book: { 201: 98, 409: 1 }, release: { 204: 1 } },
  })
  expect(figures.timeline.map(({ requests, refused }) => [requests, refused])).toEqual([
    [98, 0],
    [0, 0],
    [1, 1],
  ])
})

it('passes a run whose thresholds hold and whose rows add up', async () => {
  const result = { exitCode: 0, summary: summary(97), samples: '' }
  expect(judge(result, await readExample())).toMatchObject({ passed: true, problems: [] })
})

it('sums ratings like bookings', async () => {
  const figures = await readExample()
  figures.answers = { rate: { 201: 12, 409: 3 }, withdraw: { 204: 2, 404: 1 } }
  const of = (found: number) =>
    judge(
      { exitCode: 0, summary: { metrics: { ratings: { value: found } } }, samples: '' },
      figures,
    )
  expect(of(10)).toMatchObject({ passed: true, rows: 10, expected: 10 })
  expect(of(9).passed).toBe(false)
})

it('fails a run that lost an acknowledged booking', async () => {
  const result = { exitCode: 0, summary: summary(96), samples: '' }
  const { passed, problems } = judge(result, await readExample())
  expect(passed).toBe(false)
  expect(problems).toEqual(['96 rows found, but 97 were acknowledged'])
})

it('fails a run with a crossed threshold, and names it', async () => {
  const result = { exitCode: 99, summary: summary(97, true), samples: '' }
  const { problems } = judge(result, await readExample())
  expect(problems).toEqual(['threshold not met: overlaps value==0'])
})

it('fails a run that never finished', async () => {
  const { passed } = judge({ exitCode: 107, summary: undefined, samples: '' }, await readExample())
  expect(passed).toBe(false)
})

it('draws a self-contained page without gaps for missing responses', async () => {
  const figures = await readExample()
  const verdict = judge({ exitCode: 0, summary: summary(97), samples: '' }, figures)
  const html = toHtml({ title: 'example', figures, verdict })
  expect(html).not.toMatch(/https?:|<script|<link|NaN|undefined|Infinity/)
})
