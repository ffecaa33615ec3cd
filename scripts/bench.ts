import { parseArgs } from 'node:util'
import { orUsage } from '../operator/fail.ts'
import { accessRows } from './bench/access-rows.ts'
import { asOfRow } from './bench/as-of-row.ts'
import { boardRow } from './bench/board-row.ts'
import { bookingRows } from './bench/booking-rows.ts'
import { bundleRows } from './bench/bundle-rows.ts'
import { fileRows } from './bench/file-rows.ts'
import { footprintRows } from './bench/footprint-rows.ts'
import { judgeRows } from './bench/judge-rows.ts'
import { listRow } from './bench/list-row.ts'
import { openingRows } from './bench/opening-rows.ts'
import { policyRows } from './bench/policy-rows.ts'
import { postgresRow } from './bench/postgres-row.ts'
import { reportRows } from './bench/report-rows.ts'
import { toLines, toMarkdown, type Result } from './bench/report.ts'
import { notRun } from './bench/row.ts'
import { scanRow } from './bench/scan-row.ts'
import { tusdRow } from './bench/tusd-row.ts'

const rows = [
  ...bookingRows,
  ...bundleRows,
  ...policyRows,
  postgresRow,
  ...accessRows,
  listRow,
  boardRow,
  ...openingRows,
  asOfRow,
  scanRow,
  ...reportRows,
  ...fileRows,
  tusdRow,
  ...judgeRows,
  ...footprintRows,
]
const usage = `bun run bench [--markdown] [row …]

Measures the figures of docs/performance.md; all rows take ten minutes. The rows:
${rows.map(({ name, what }) => `  ${name.padEnd(9)} ${what}`).join('\n')}`

const { markdown, asked } = orUsage(usage, readCommand)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
const results: Result[] = []
for (const row of asked) {
  const measurement = await row.measure().catch((error: Error) => notRun(error.message))
  const result = { ...row, measurement }
  results.push(result)
  // With --markdown only the table goes to standard output, progress to standard error.
  const print = markdown ? console.error : console.log
  print(toLines(result))
}
if (markdown) console.log(toMarkdown(results))
process.exit(0)

function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { markdown: { type: 'boolean', default: false } },
  })
  const asked = rows.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const isKnown = positionals.every((name) => rows.some((row) => row.name === name))
  if (isKnown) return { markdown: values.markdown, asked }
}
