import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What one test file runs when all is well. */
export interface TestFile {
  path: string
  duration_ms: number
  /** By file and line: whether it runs. */
  lines: Map<string, Map<number, boolean>>
}

/**
 * Runs one test file with coverage.
 * @param root folder of the checkout to run in
 * @throws Error when it fails: nothing is learned from mutants beside a failing test
 */
export async function mapTestFile(root: string, path: string, folder: string): Promise<TestFile> {
  const started = performance.now()
  const coverage = ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${folder}`]
  const run = Bun.spawn(
    [process.execPath, 'test', '--no-orphans', '--timeout=120000', ...coverage, path],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const [output, errors] = await Promise.all([run.stdout.text(), run.stderr.text()])
  if ((await run.exited) !== 0) throw new Error(`${path} fails as it is:\n${output}${errors}`)
  const report = join(folder, 'lcov.info')
  // There is none where all that ran were test files and other processes.
  const lines = readLines(existsSync(report) ? readFileSync(report, 'utf8') : '')
  return { path, duration_ms: performance.now() - started, lines }
}

/**
 * The test files that run a line, the quickest first. Where none does (Bun measures no workers),
 * those beside the file.
 */
export function testsOf(files: TestFile[], path: string, line: number): TestFile[] {
  const running = files.filter(({ lines }) => runs(lines.get(path), line))
  const beside = files.filter((file) => dirname(file.path) === dirname(path))
  return (running.length > 0 ? running : beside).toSorted((a, b) => a.duration_ms - b.duration_ms)
}

/** A line that is not measured belongs to the measured one before it: a long statement. */
function runs(lines: Map<number, boolean> | undefined, line: number): boolean {
  for (let at = line; lines && at > 0; at--) {
    const isRun = lines.get(at)
    if (isRun !== undefined) return isRun
  }
  return false
}

function readLines(lcov: string): TestFile['lines'] {
  return new Map(
    lcov.split('end_of_record').flatMap((record) => {
      const path = /^SF:(.+)$/m.exec(record)?.[1]
      const lines = [...record.matchAll(/^DA:(\d+),(\d+)/gm)]
      const isRun = lines.map(([, line, times]) => [Number(line), Number(times) > 0] as const)
      return path ? [[path, new Map(isRun)] as const] : []
    }),
  )
}
