/**
 * All checks a change must pass: types, lint, format, every test on real databases, coverage.
 * Arguments go to `bun test`: `bun run test services/inventory` runs a part, without enforcing
 * coverage.
 */
import { Database } from 'bun:sqlite'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, type PostgresServer } from '../shared/testing/postgres.ts'
import { readCoverage } from './coverage.ts'
import { readJunit, type Result, type TestReport } from './junit.ts'
import { requireConsole } from './web.ts'

const coverageMin_percent = 90
// Several times what the tests take on two cores, so that a hanging test ends.
const testsTimeout_ms = 60 * 60_000
// Of a test that names none of its own, and of what ends it: stopping a system on a busy machine.
const testTimeout_ms = 60_000
// A busy machine makes a test fail here and there, not a dozen files.
const filesToRepeatMax = 6
const root = join(import.meta.dir, '..')
const passed: Result = { passed: 1, failed: 0, skipped: 0 }
const failed: Result = { passed: 0, failed: 1, skipped: 0 }

await requireConsole()
const server = await startPostgres().catch((error: unknown) => String(error))
describeMachine(server)
const results = [
  await check('type check', ['tsc', '--noEmit']),
  await check('type check of the console', ['tsc', '--noEmit', '-p', 'web']),
  await check('lint', ['oxlint', '--deny-warnings']),
  await check('format', ['oxfmt', '--check']),
  ...(typeof server === 'string'
    ? [report(failed, server)]
    : await testOn(server, process.argv.slice(2))),
]
const sum = (key: keyof Result) => results.reduce((total, result) => total + result[key], 0)
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`)
process.exit(sum('failed') > 0 ? 1 : 0)

async function check(name: string, [tool = '', ...options]: string[]): Promise<Result> {
  const command = [join(root, 'node_modules', '.bin', tool), ...options]
  const run = Bun.spawn(command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors] = await Promise.all([run.stdout.text(), run.stderr.text()])
  if ((await run.exited) === 0) return report(passed, `${name}: ok`)
  console.log(`${output}${errors}`.trimEnd())
  return report(failed, `${name}: failed (${tool} ${options.join(' ')})`)
}

async function testOn(server: PostgresServer, given: string[]): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'campus-report-'))
  try {
    const tests = await runTests(server.url, folder, given)
    return given.length === 0 ? [tests, judgeCoverage(join(folder, 'lcov.info'))] : [tests]
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await server.stop()
  }
}

function describeMachine(server: PostgresServer | string): void {
  const database = new Database(':memory:')
  const sqlite = database.query<{ version: string }, []>('SELECT sqlite_version() AS version').get()
  database.close()
  const postgres =
    typeof server === 'string' ? 'no PostgreSQL' : `PostgreSQL ${server.version} (${server.origin})`
  const machine = `${process.platform} ${process.arch}, ${availableParallelism()} cores`
  console.log(`Bun ${Bun.version}, SQLite ${sqlite?.version}, ${postgres}, ${machine}`)
}

async function runTests(postgresUrl: string, folder: string, given: string[]): Promise<Result> {
  const coverage = ['--coverage-reporter=text', '--coverage-reporter=lcov']
  const measured = given.length === 0 ? ['--coverage', ...coverage, `--coverage-dir=${folder}`] : []
  const all = await runBunTest(postgresUrl, join(folder, 'junit.xml'), [...measured, ...given])
  const files = [...new Set(all.failures.map(({ file }) => file))]
  if (files.length === 0 || files.length > filesToRepeatMax) return all
  console.log(`Once more, alone: ${files.join(', ')}`)
  const again = await runBunTest(postgresUrl, join(folder, 'again.xml'), files)
  const names = new Set(again.failures.map(({ name }) => name))
  for (const { file, name } of all.failures) {
    console.log(
      `${names.has(name) ? 'failed twice' : 'failed once, passed alone'}: ${file}: ${name}`,
    )
  }
  return { ...all, passed: all.passed + all.failed - again.failed, failed: again.failed }
}

async function runBunTest(
  postgresUrl: string,
  junit: string,
  options: string[],
): Promise<TestReport> {
  const reports = ['--reporter=junit', `--reporter-outfile=${junit}`]
  // --no-orphans: when this process is killed, the tests end as well.
  const always = ['--no-orphans', `--timeout=${testTimeout_ms}`]
  const run = Bun.spawn([process.execPath, 'test', ...always, ...reports, ...options], {
    cwd: root,
    env: { ...process.env, TEST_POSTGRES_URL: postgresUrl },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: testsTimeout_ms,
  })
  const code = await run.exited
  const result = readJunit(junit)
  if (code === 0 && result.passed + result.failed > 0) return result
  // Errors outside tests, or no tests at all, show only in the exit code.
  if (result.failed > 0) return result
  const end = run.signalCode ? `was ended by ${run.signalCode}` : `ended with ${code}`
  console.log(`bun test ${end} without naming a failed test`)
  return { ...result, failed: 1 }
}

function judgeCoverage(lcov: string): Result {
  if (!existsSync(lcov)) return report(failed, 'coverage: failed (there is no report)')
  const { percent, unloaded } = readCoverage(root, readFileSync(lcov, 'utf8'))
  // Bun does not measure workers: code that runs only in one counts as not covered, too.
  if (unloaded.length > 0) console.log(`Loaded by no test, or in a worker: ${unloaded.join(', ')}`)
  const figure = `${percent.toFixed(2)} % of the lines of services/ and shared/`
  if (percent >= coverageMin_percent) return report(passed, `coverage: ok (${figure})`)
  return report(failed, `coverage: failed (${figure}, wanted: ${coverageMin_percent} %)`)
}

function report(result: Result, line: string): Result {
  console.log(line)
  return result
}
