import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Checkout } from './checkout.ts'
import { runTests, type Tests } from './test-run.ts'

/** The coverage of one test file on the original code. */
export interface MappedTests extends Tests {
  duration_ms: number
  /** By file and line: whether it runs. */
  lines: Record<string, [line: number, runs: boolean][]>
}

/** The tests of one file, for this version of the source. */
export interface MapEntry {
  source: string
  tests: MappedTests[]
}

/** The tests to select. */
export interface TestsQuery {
  path: string
  line: number
  /** How many bugs of that file each test file found. */
  found: ReadonlyMap<string, number>
  /** The total time of tests; at least one is always selected. */
  budget_ms: number
}

export interface MapOptions {
  postgresUrl: string
  /** Which files the map is about. */
  isWatched: (path: string) => boolean
}

// Tests elsewhere that say more about a file than those beside it. Bun measures neither workers nor
// other processes, so coverage does not find them.
export const about: [sources: string, tests: string][] = [
  ['packages/store/src/sqlite-bundle.ts', 'services/inventory/any-of.test.ts'],
  ['packages/store/src/sqlite-bundle.ts', 'services/inventory/bundle.test.ts'],
  ['packages/store/src/sqlite-bundle.ts', 'services/inventory/reservations/skip.test.ts'],
  ['packages/store/src/sqlite-insert.ts', 'services/inventory/booking-batch.test.ts'],
  ['packages/store/src/sqlite-reader-worker.ts', 'services/large-reads.test.ts'],
  ['packages/store/src/sqlite-worker.ts', 'services/inventory/booking-batch.test.ts'],
  ['services/inventory/reservations/', 'services/bookings/'],
]

// Generous: on the original code, only a busy machine is slow.
const testMax_ms = 120_000

/**
 * Runs the tests of one file with coverage.
 * @throws Error when one fails: mutants prove nothing beside a failing test
 */
export async function mapTestFile(
  checkout: Checkout,
  path: string,
  { postgresUrl, isWatched }: MapOptions,
): Promise<MappedTests[]> {
  const engines = ['sqlite', 'postgres'] as const
  const mapped: MappedTests[] = []
  for (const engine of engines) {
    const folder = join(checkout.temporary, 'coverage')
    const options = ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${folder}`]
    const started = performance.now()
    const run = { options, postgresUrl, testMax_ms }
    const failure = await runTests(checkout, [{ path, engine }], run)
    if (failure) throw new Error(`${path} fails as it is:\n${failure.output}`)
    const duration_ms = Math.round(performance.now() - started)
    // Absent if only test files and other processes ran.
    const report = join(folder, 'lcov.info')
    const lcov = existsSync(report) ? readFileSync(report, 'utf8') : ''
    mapped.push({ path, engine, duration_ms, lines: readLines(lcov, isWatched) })
    await checkout.sweep()
  }
  return mapped
}

/** Cached maps of unchanged files. */
export function readMap(file: string): Map<string, MapEntry> {
  if (!existsSync(file)) return new Map()
  return new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, MapEntry>))
}

export function writeMap(file: string, map: Map<string, MapEntry>): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(map)))
  renameSync(`${file}.new`, file)
}

/**
 * The tests that cover a line, most likely to fail first: those that found bugs in that file
 * before, those about it, those beside it, those that cover most of it, the quickest. PostgreSQL
 * only for stores and for lines covered by nothing else, as rules do not depend on the engine.
 * Without coverage, those about the file and beside it.
 */
export function testsOf(
  all: MappedTests[],
  { path, line, found, budget_ms }: TestsQuery,
): MappedTests[] {
  const closeness = (tests: MappedTests) =>
    about.some(([sources, named]) => path.startsWith(sources) && tests.path.startsWith(named))
      ? 2
      : Number(dirname(tests.path) === dirname(path))
  const running = all.filter(({ lines }) => runs(lines[path], line))
  const reaching = running.length > 0 ? running : all.filter((tests) => closeness(tests) > 0)
  const onSqlite = reaching.filter(({ engine }) => engine === 'sqlite')
  const knowsEngines = path.startsWith('packages/store/') || onSqlite.length === 0
  const ranked = (knowsEngines ? reaching : onSqlite).toSorted(
    (a, b) =>
      (found.get(b.path) ?? 0) - (found.get(a.path) ?? 0) ||
      closeness(b) - closeness(a) ||
      countRun(b, path) - countRun(a, path) ||
      a.duration_ms - b.duration_ms,
  )
  let used_ms = 0
  return ranked.filter(({ duration_ms }, index) => {
    used_ms += duration_ms
    return index === 0 || used_ms <= budget_ms
  })
}

function countRun({ lines }: MappedTests, path: string): number {
  return (lines[path] ?? []).filter(([, isRun]) => isRun).length
}

/** An unmeasured line belongs to the measured one before it, as part of a long statement. */
function runs(lines: [number, boolean][] | undefined, line: number): boolean {
  return lines?.findLast(([at]) => at <= line)?.[1] ?? false
}

function readLines(lcov: string, isWatched: (path: string) => boolean): MappedTests['lines'] {
  const lines: MappedTests['lines'] = {}
  for (const record of lcov.split('end_of_record')) {
    const path = /^SF:(.+)$/m.exec(record)?.[1]
    if (!path || !isWatched(path)) continue
    const measured = [...record.matchAll(/^DA:(\d+),(\d+)/gm)]
    lines[path] = measured
      .map(([, line, times]): [number, boolean] => [Number(line), Number(times) > 0])
      .toSorted(([a], [b]) => a - b)
  }
  return lines
}
