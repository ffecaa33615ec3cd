import { basename, join } from 'node:path'

const root = join(import.meta.dir, '../..')
// Built once by `bun run test --all`: it starts in a third of the processor time of the sources.
const binary = process.env.TEST_BINARY

/** The command of a program: `serve.ts`, or what an operator runs. */
export function commandOf(path: 'serve.ts' | `operator/${string}.ts`): string[] {
  if (!binary) return [process.execPath, join(root, path)]
  const isWhole = path === 'serve.ts' || path === 'operator/campus.ts'
  return isWhole ? [binary] : [binary, 'run', basename(path, '.ts')]
}
