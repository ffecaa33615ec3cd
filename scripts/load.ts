import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { orUsage } from '../operator/fail.ts'
import { productionEnvironment } from './harness/administrator.ts'
import { databaseKinds, openFreshDatabase } from './harness/fresh-database.ts'
import { findK6, runK6 } from './load/k6.ts'
import { toFacts, toHtml, type Report } from './load/report.ts'
import { readFigures } from './load/samples.ts'
import { judge } from './load/verdict.ts'
import { toRows, toShown } from './harness/report.ts'
import { startSystem } from './harness/run-system.ts'
import { startSplitSystem } from './harness/split-system.ts'

const scenarios = [
  'overlap',
  'hot-slot',
  'spread',
  'bundles',
  'any-of',
  'waitlist',
  'bookings',
  'reading',
  'exercises',
] as const
type Scenario = (typeof scenarios)[number]

const usage = `bun run load [scenario] [options]

Scenarios: overlap, hot-slot, spread, bundles, any-of, waitlist, bookings, reading, exercises.

Starts Campus on an empty database, runs many concurrent users with k6, and checks the result.
Without a scenario, runs all of them in turn. See load-tests/README.md.

  --database  sqlite (default) or postgres
  --smoke     a few seconds each, to check that it works, not how fast
  --split     the gateway and each service as processes of their own

Exits with 0 when all checks held, 1 when one did not, 2 for an unknown command.`

const command = orUsage(usage, readCommand)
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort())

process.exit(await runAll())

function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      database: { type: 'string', default: 'sqlite' },
      smoke: { type: 'boolean', default: false },
      split: { type: 'boolean', default: false },
    },
  })
  const { smoke, split } = values
  const database = databaseKinds.find((kind) => kind === values.database)
  const asked = scenarios.filter((name) => positionals.includes(name))
  if (database && asked.length === positionals.length) {
    return { scenarios: asked.length > 0 ? asked : scenarios, database, smoke, split }
  }
}

async function runAll(): Promise<number> {
  let failed = 0
  try {
    const k6 = findK6()
    for (const scenario of command.scenarios) {
      if (interrupt.signal.aborted || !(await run(k6, scenario))) failed++
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
  return failed > 0 ? 1 : 0
}

/** @returns whether everything held */
async function run(k6: string, scenario: Scenario): Promise<boolean> {
  const { database: kind, smoke, split } = command
  const database = await openFreshDatabase(kind)
  try {
    const mode = [split ? 'split' : 'one process', ...(smoke ? ['smoke'] : [])]
    const title = [`${scenario} on ${database.description}`, ...mode].join(', ')
    console.log(`\n${title} …`)
    const folder = await createFolder([scenario, kind, ...(split ? ['split'] : [])])
    const report = await load(database.url, { k6, scenario, title, folder })
    await Bun.write(join(folder, 'report.html'), toHtml(report))
    await Bun.write(join(folder, 'report.json'), JSON.stringify(report, null, 2))
    print(report, folder)
    return report.verdict.passed
  } finally {
    await database.remove()
  }
}

async function load(
  databaseUrl: string,
  {
    k6,
    scenario,
    title,
    folder,
  }: { k6: string; scenario: Scenario; title: string; folder: string },
): Promise<Report> {
  // Readers come to a list that has books already.
  const samples = { SAMPLE_DATA: String(scenario === 'reading') }
  const environment = { ...productionEnvironment, ...samples, DATABASE_URL: databaseUrl }
  const system = await (command.split
    ? startSplitSystem(environment)
    : startSystem({ environment }))
  const { url } = system
  const { smoke } = command
  const result = await runK6(k6, { scenario, url, smoke, folder, signal: interrupt.signal })
  const end = await system.stop().catch((error: Error) => error)
  await Bun.write(join(folder, 'system.log'), system.output())
  const figures = await readFigures(result.samples)
  const verdict = judge(result, figures)
  if (end) {
    verdict.problems.unshift(end.message)
    verdict.passed = false
  }
  await rm(result.samples, { force: true })
  return { title, figures, verdict }
}

async function createFolder(words: string[]): Promise<string> {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  const folder = join('reports', 'load', [time, ...words].join('-'))
  await mkdir(folder, { recursive: true })
  return folder
}

function print({ figures, verdict }: Report, folder: string): void {
  const met = verdict.thresholds.filter(({ passed }) => passed).length
  const facts: [name: string, text: string][] = [
    ...toFacts(figures, verdict),
    ['rows', `${verdict.rows ?? 'not counted'}, acknowledged ${verdict.expected}`],
    ['thresholds', `${met} of ${verdict.thresholds.length} met`],
    ['verdict', verdict.passed ? 'passed' : 'FAILED'],
    ['report', join(folder, 'report.html')],
  ]
  console.log(toRows(facts))
  if (verdict.problems.length > 0) console.log(toShown(verdict.problems))
}
