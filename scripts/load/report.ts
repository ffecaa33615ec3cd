import { drawChart } from './chart.ts'
import type { Figures, Second } from './samples.ts'
import { reportStyle } from './report-style.ts'
import type { Threshold, Verdict } from './verdict.ts'

export interface Report {
  /** `overlap on SQLite, one process` */
  title: string
  figures: Figures
  verdict: Verdict
}

/** A self-contained page: no network, no script, no other file. */
export function toHtml({ title, figures, verdict }: Report): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${reportStyle}</style>
<main>
<h1>${title}</h1>
${toJudgement(verdict)}
<dl>${toFacts(figures, verdict).map(toTile).join('')}</dl>
<h2>Latency, milliseconds</h2>
${drawLatency(figures.timeline)}
<h2>Requests per second</h2>
${drawRequests(figures.timeline)}
<h2>Answers</h2>
${toTable(['request', 'status', 'times'], toAnswerRows(figures))}
<h2>Thresholds</h2>
${toTable(['threshold', 'met'], toThresholdRows(verdict.thresholds))}
<details><summary>Second by second</summary>
${toTable(secondsHead, figures.timeline.map(toRow))}
</details>
</main>
</html>
`
}

/** The name and value of each headline figure. */
export function toFacts(figures: Figures, verdict: Verdict): [name: string, value: string][] {
  const { answers, requests, seconds } = figures
  const made = answers.book ?? answers.rate ?? {}
  return [
    ['requests', toText(requests)],
    ['per second', toText(seconds > 0 ? requests / seconds : 0)],
    ['p50', toMs(figures.p50_ms)],
    ['p95', toMs(figures.p95_ms)],
    ['p99', toMs(figures.p99_ms)],
    ['checks', toShare(verdict.checks)],
    ['made (201)', toText(made['201'] ?? 0)],
    ['refused (409)', toText(made['409'] ?? 0)],
    ['overlaps', verdict.overlaps === undefined ? 'not counted' : toText(verdict.overlaps)],
  ]
}

function drawLatency(timeline: Second[]): string {
  return drawChart({
    label: 'Latency by second: median, 95th and 99th percentile',
    kind: 'lines',
    series: [
      { name: 'p99', className: 'p99', values: timeline.map(({ p99_ms }) => p99_ms) },
      { name: 'p95', className: 'p95', values: timeline.map(({ p95_ms }) => p95_ms) },
      { name: 'p50', className: 'p50', values: timeline.map(({ p50_ms }) => p50_ms) },
    ],
    seconds: timeline.length,
    describe: (at) => {
      const { p50_ms = NaN, p95_ms = NaN, p99_ms = NaN } = timeline[at] ?? {}
      return `second ${at + 1}: p50 ${toMs(p50_ms)}, p95 ${toMs(p95_ms)}, p99 ${toMs(p99_ms)}`
    },
  })
}

function drawRequests(timeline: Second[]): string {
  const other = timeline.map(({ requests, done, refused }) => requests - done - refused)
  const series = [
    { name: 'done', className: 'done', values: timeline.map(({ done }) => done) },
    { name: 'refused', className: 'refused', values: timeline.map(({ refused }) => refused) },
    { name: 'other', className: 'other', values: other },
  ]
  return drawChart({
    label: 'Requests by second: done, refused because somebody else was first, and others',
    kind: 'bars',
    series: series.filter(({ values }) => values.some((count) => count > 0)),
    seconds: timeline.length,
    describe: (at) => {
      const { requests = 0, done = 0, refused = 0 } = timeline[at] ?? {}
      return `second ${at + 1}: ${toText(requests)} requests, ${done} done, ${refused} refused`
    },
  })
}

function toAnswerRows({ answers }: Figures): string[][] {
  return Object.entries(answers).flatMap(([name, statuses]) =>
    Object.entries(statuses).map(([status, times]) => [name, status, toText(times)]),
  )
}

// Hundreds of thresholds that differ only in a number are one line while all of them hold.
function toThresholdRows(thresholds: Threshold[]): string[][] {
  const groups = new Map<string, number>()
  for (const { name, passed } of thresholds) {
    const key = passed ? name.replace(/:\d+}/, ':…}') : name
    groups.set(key, (groups.get(key) ?? 0) + 1)
  }
  const failed = new Set(thresholds.filter(({ passed }) => !passed).map(({ name }) => name))
  return [...groups].map(([name, times]) => [
    times > 1 ? `${name} (${times} of these)` : name,
    failed.has(name) ? 'no' : 'yes',
  ])
}

const secondsHead = ['second', 'requests', 'done', 'refused', 'p50', 'p95', 'p99']

function toRow(second: Second, at: number): string[] {
  const { requests, done, refused, p50_ms, p95_ms, p99_ms } = second
  const times = [p50_ms, p95_ms, p99_ms].map((ms) => toDecimal(ms))
  return [at + 1, requests, done, refused].map(String).concat(times)
}

function toTable(head: string[], rows: string[][]): string {
  const toCells = (tag: string, cells: string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`
  const body = rows.map((cells) => toCells('td', cells)).join('\n')
  return `<table><thead>${toCells('th', head)}</thead><tbody>${body}</tbody></table>`
}

function toJudgement({ passed, problems }: Verdict): string {
  if (passed) return '<p class="verdict passed">Passed</p>'
  const items = problems.map((problem) => `<li>${escape(problem)}</li>`)
  return `<p class="verdict failed">Failed</p><ul>${items.join('')}</ul>`
}

function toTile([name, value]: [string, string]): string {
  return `<div><dt>${name}</dt><dd>${value}</dd></div>`
}

// Rounded down: 100 % means all, never nearly all.
function toShare({ passed, failed }: Verdict['checks']): string {
  const share = passed + failed > 0 ? Math.floor((1000 * passed) / (passed + failed)) / 10 : 0
  return failed > 0 ? `${share} %, ${toText(failed)} failed` : `${share} %`
}

function toMs(ms: number): string {
  return `${toDecimal(ms)} ms`
}

function toDecimal(ms: number): string {
  if (Number.isNaN(ms)) return '–'
  return ms.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
}

function toText(count: number): string {
  return count.toLocaleString('en', { maximumFractionDigits: 0 })
}

function escape(text: string): string {
  return Bun.escapeHTML(text)
}
