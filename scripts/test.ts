/**
 * Types, lint, format, then tests on real databases, on all cores. Without arguments: what 90 s
 * allow, tests of changed files first. `--all`: every test, with coverage, like CI. Paths: those
 * tests. Other arguments go to `bun test`; `--all --update-timings` records how long each file
 * takes.
 */
import { Database } from 'bun:sqlite'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeAbandoned } from '../shared/testing/abandoned.ts'
import { startPostgres, type PostgresServer } from '../shared/testing/postgres.ts'
import { runChecks } from './check.ts'
import { readCoverage } from './test/coverage.ts'
import { readJunit, type Result, type TestReport } from './test/junit.ts'
import { chooseQuick, listTestFiles, timingsFile } from './test/quick.ts'
import { makeTemplates } from './test/templates.ts'
import { requireConsole } from './web.ts'

const coverageMin_percent = 90
// Several times what the tests take on two busy cores, so that a hanging run ends.
const testsTimeout_ms = 120 * 60_000
// The default for a test, and for stopping a system on a busy machine.
const testTimeout_ms = 60_000
// On a busy machine a few tests fail at random; failures in many files are a fault.
const filesToRepeatMax = 20
// One more than cores: a third of the time, tests wait for processes and locks.
const workers = availableParallelism() + 1
// 90 s, minus checks, a database server, and the console.
const quick_ms = 75_000
// No test cuts the power, and what a killed process wrote is with the kernel. With it, each DROP
// DATABASE waits for the disk.
const unsynced = { fsync: 'off', full_page_writes: 'off' }
const folderPrefix = 'campus-tests-'

const root = join(import.meta.dir, '..')
const all = process.argv.includes('--all')
const given = process.argv.slice(2).filter((argument) => argument !== '--all')
const isQuick = !all && given.every((argument) => argument.startsWith('-'))

// Everything that tests leave in a temporary folder is removed with this one.
removeAbandoned(tmpdir(), folderPrefix)
const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`))
let running: Bun.Subprocess | undefined
let stopped: NodeJS.Signals | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)

const results = await run()
rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
if (stopped) process.exit(128 + constants.signals[stopped])
const sum = (key: keyof Result) => results.reduce((total, result) => total + result[key], 0)
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`)
process.exit(sum('failed') > 0 ? 1 : 0)

/** Ends the tests early; cleanup runs as usual. */
function stop(signal: NodeJS.Signals): void {
  stopped = signal
  running?.kill()
}

async function run(): Promise<Result[]> {
  const checks: Result = { ...(await runChecks()), skipped: 0 }
  // Tests of code that does not compile prove nothing.
  if (checks.failed > 0) return [checks]
  await requireConsole()
  const server = await startPostgres(unsynced).catch((error: unknown) => String(error))
  if (typeof server === 'string') return [checks, report(false, server)]
  try {
    describeMachine(server)
    return [checks, ...(await testOn(server))]
  } finally {
    await server.stop()
  }
}

async function testOn(server: PostgresServer): Promise<Result[]> {
  const templates = await makeTemplates(server.url, join(folder, 'template'))
  const places = { TEST_POSTGRES_URL: server.url, TMPDIR: folder, TZ: 'UTC' }
  const binary = all ? await buildBinary() : {}
  const environment = { ...templates.environment, ...places, ...binary }
  try {
    const chosen = isQuick ? chooseQuick(root, quick_ms * workers) : []
    const tests = await runTests(environment, [...given, ...chosen.map((path) => `./${path}`)])
    return all && !stopped ? [tests, judgeCoverage(join(folder, 'lcov.info'))] : [tests]
  } finally {
    await templates.remove()
  }
}

/** What the tests' processes run: built once, it starts in a third of the time of the sources. */
async function buildBinary(): Promise<Environment> {
  const file = join(folder, 'campus')
  const build = Bun.spawn([process.execPath, join(root, 'scripts/build.ts'), file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // If it fails, build.test.ts says so.
  return (await build.exited) === 0 ? { TEST_BINARY: file } : {}
}

function describeMachine(server: PostgresServer): void {
  const database = new Database(':memory:')
  const sqlite = database.query<{ version: string }, []>('SELECT sqlite_version() AS version').get()
  database.close()
  const postgres = `PostgreSQL ${server.version} (${server.origin})`
  const machine = `${process.platform} ${process.arch}, ${availableParallelism()} cores`
  console.log(`Bun ${Bun.version}, SQLite ${sqlite?.version}, ${postgres}, ${machine}`)
}

type Environment = Record<string, string>

async function runTests(environment: Environment, options: string[]): Promise<Result> {
  const measured = ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${folder}`]
  const first = await runBunTest(environment, 'junit.xml', [
    `--parallel=${workers}`,
    // Imports are evaluated once per process; isolating each file costs a sixth more.
    '--no-isolate',
    `--timings=${timingsFile}`,
    ...(all ? measured : []),
    ...options,
  ])
  const files = [...new Set(first.failures.map(({ file }) => file))]
  if (stopped || files.length === 0 || files.length > filesToRepeatMax) return first
  console.log(`Once more, alone: ${files.join(', ')}`)
  // A file that throws while loading shows only in the exit code, like failed tests: it must not be
  // lost when those pass the second time.
  const silent = all ? listTestFiles(root).filter((path) => !first.files.includes(path)) : []
  const repeated = [...files, ...silent.slice(0, filesToRepeatMax)]
  const again = await runBunTest(environment, 'again.xml', repeated)
  const failedAgain = new Set(again.failures.map(({ file, name }) => `${file}: ${name}`))
  for (const { file, name } of first.failures) {
    const twice = failedAgain.has(`${file}: ${name}`)
    console.log(`${twice ? 'failed twice' : 'failed once, passed alone'}: ${file}: ${name}`)
  }
  return { ...first, passed: first.passed + first.failed - again.failed, failed: again.failed }
}

async function runBunTest(
  environment: Environment,
  reportName: string,
  options: string[],
): Promise<TestReport> {
  const junit = join(folder, reportName)
  const reports = ['--only-failures', '--reporter=junit', `--reporter-outfile=${junit}`]
  // --no-orphans: if this process is killed, the tests and their processes end too.
  const always = ['--no-orphans', `--timeout=${testTimeout_ms}`]
  running = Bun.spawn([process.execPath, 'test', ...always, ...reports, ...options], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: testsTimeout_ms,
  })
  if (stopped) running.kill()
  const code = await running.exited
  const result = readJunit(junit)
  if (code === 0 && result.passed + result.failed > 0) return result
  // Errors outside tests, or missing tests, show only in the exit code.
  if (result.failed > 0) return result
  const end = running.signalCode ? `was ended by ${running.signalCode}` : `ended with ${code}`
  console.log(`bun test ${end} without naming a failed test`)
  return { ...result, failed: 1 }
}

function judgeCoverage(lcov: string): Result {
  if (!existsSync(lcov)) return report(false, 'coverage: failed (there is no report)')
  const { percent, unloaded } = readCoverage(root, readFileSync(lcov, 'utf8'))
  // Bun does not measure workers: code that runs only there counts as not covered.
  if (unloaded.length > 0) console.log(`Loaded by no test, or in a worker: ${unloaded.join(', ')}`)
  const figure = `${percent.toFixed(2)} % of the lines of packages/store/, services/ and shared/`
  if (percent >= coverageMin_percent) return report(true, `coverage: ok (${figure})`)
  return report(false, `coverage: failed (${figure}, wanted: ${coverageMin_percent} %)`)
}

function report(passed: boolean, line: string): Result {
  console.log(line)
  return { passed: Number(passed), failed: Number(!passed), skipped: 0 }
}
