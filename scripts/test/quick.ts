import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The duration of each test file, written by `bun run test --all --update-timings`. */
export const timingsFile = 'scripts/test/timings.json'

export interface QuickOptions {
  /** Paths that differ from the branch `main`. */
  changed: ReadonlySet<string>
  /** The duration of test files; one second if unknown. */
  durations_ms: Readonly<Record<string, number>>
  /** For all files together. */
  budget_ms: number
}

const unknown_ms = 1000

/**
 * Selects test files within the budget, quickest first. Changed ones, and those beside a changed
 * file, come first and are always selected.
 */
export function takeQuick(
  files: readonly string[],
  { changed, durations_ms, budget_ms }: QuickOptions,
): string[] {
  const isChanged = (file: string) => {
    return [file, file.replace('.test.ts', '.ts'), file.replace('.test.ts', '.tsx')].some((path) =>
      changed.has(path),
    )
  }
  const rank = (file: string) => Number(!isChanged(file))
  const duration = (file: string) => durations_ms[file] || unknown_ms
  let used_ms = 0
  return files
    .toSorted((a, b) => rank(a) - rank(b) || duration(a) - duration(b))
    .filter((file) => (used_ms += duration(file)) <= budget_ms || isChanged(file))
}

/**
 * @param root folder of the repository
 * @returns paths of test files, from the root
 */
export function chooseQuick(root: string, budget_ms: number): string[] {
  const files = listTestFiles(root)
  const changed = new Set([
    ...git(root, 'diff', '--name-only', 'main'),
    ...git(root, 'ls-files', '--others', '--exclude-standard'),
  ])
  const chosen = takeQuick(files, { changed, durations_ms: readTimings(root), budget_ms })
  console.log(`${chosen.length} of ${files.length} test files; all of them: bun run test --all`)
  return chosen
}

/**
 * @param root folder of the repository
 * @returns paths of all test files, from the root
 */
export function listTestFiles(root: string): string[] {
  return git(root, 'ls-files', '-co', '--exclude-standard', '*.test.ts').filter((path) => {
    return !path.startsWith('scripts/service-template/') && existsSync(join(root, path))
  })
}

function readTimings(root: string): Record<string, number> {
  const text = readFileSync(join(root, timingsFile), 'utf8')
  return (JSON.parse(text) as { files: Record<string, number> }).files
}

/** Empty if git fails: a clone of only another branch has no `main`. */
function git(root: string, ...command: string[]): string[] {
  // The checkout may belong to another user, which git otherwise refuses.
  const options = ['-c', 'safe.directory=*', '-c', 'core.quotePath=off']
  const { stdout } = Bun.spawnSync(['git', ...options, ...command], { cwd: root })
  return stdout.toString().split('\n').filter(Boolean)
}
