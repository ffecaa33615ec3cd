/** Types, lint, format and the house rules; prints only problems. */
import { join } from 'node:path'

const root = join(import.meta.dir, '..')
// Incremental, so that a check after an edit takes seconds.
const known = (name: string) => {
  return [
    '--incremental',
    '--tsBuildInfoFile',
    join(root, `node_modules/.cache/${name}.tsbuildinfo`),
  ]
}
const checks = [
  ['type check', 'tsc', '--noEmit', ...known('campus')],
  ['type check of the console', 'tsc', '--noEmit', '-p', 'web', ...known('campus-web')],
  ['lint', 'oxlint', '--deny-warnings'],
  ['format', 'oxfmt', '--check'],
  ['house rules', 'bun', 'test', '--only-failures', 'scripts/tidy.test.ts'],
] as const

if (import.meta.main) {
  const { failed } = await runChecks()
  process.exit(failed > 0 ? 1 : 0)
}

/** Runs all of them concurrently, and prints a line for each with its findings. */
export async function runChecks(): Promise<{ passed: number; failed: number }> {
  const passed = await Promise.all(checks.map(check))
  const count = passed.filter(Boolean).length
  return { passed: count, failed: checks.length - count }
}

async function check([name, tool, ...options]: (typeof checks)[number]): Promise<boolean> {
  const program = tool === 'bun' ? process.execPath : join(root, 'node_modules', '.bin', tool)
  const command = [program, ...options]
  const run = Bun.spawn(command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors] = await Promise.all([run.stdout.text(), run.stderr.text()])
  const passed = (await run.exited) === 0
  if (!passed) console.log(`${output}${errors}`.trimEnd())
  console.log(passed ? `${name}: ok` : `${name}: failed (${tool})`)
  return passed
}
