import type { Checkout } from './checkout.ts'

/** Tests of one file: those on PostgreSQL, or all others. */
export interface Tests {
  path: string
  engine: 'sqlite' | 'postgres'
}

export interface RunOptions {
  options: string[]
  postgresUrl: string
  testMax_ms: number
  max_ms?: number
}

/** The suffix that `describeStores` adds to test names. */
const patterns = { sqlite: '^(?!.* on PostgreSQL)', postgres: ' on PostgreSQL' }

/**
 * Runs the tests of one engine in one process, file after file in this order, until the first
 * failure.
 * @returns the failure and its file; undefined if all pass
 */
export async function runTests(
  checkout: Checkout,
  tests: readonly Tests[],
  { options, postgresUrl, testMax_ms, max_ms }: RunOptions,
): Promise<{ output: string; path: string | undefined } | undefined> {
  const [first] = tests
  if (!first) return undefined
  const command = [process.execPath, 'test', '--no-orphans', '--bail', '--pass-with-no-tests']
  const filter = [`--timeout=${Math.ceil(testMax_ms)}`, '-t', patterns[first.engine]]
  const paths = tests.map(({ path }) => `./${path}`)
  const run = Bun.spawn([...command, ...filter, ...options, ...paths], {
    cwd: checkout.folder,
    env: { ...process.env, TEST_POSTGRES_URL: postgresUrl, TMPDIR: checkout.temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A mutant may loop endlessly and react to no other signal.
    killSignal: 'SIGKILL',
    ...(max_ms !== undefined && { timeout: Math.ceil(max_ms) }),
  })
  const [output, errors] = await Promise.all([run.stdout.text(), run.stderr.text()])
  if ((await run.exited) === 0) return undefined
  // Each file is named before its tests.
  const path = [...errors.matchAll(/^(\S+\.test\.ts):$/gm)].at(-1)?.[1]
  return { output: `${output}${errors}`, path: tests.find((one) => one.path === path)?.path }
}
