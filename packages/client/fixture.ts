import { join } from 'node:path'
import { Glob } from 'bun'
import type * as Package from './src/index.ts'

const folder = import.meta.dir

/** The package as it is published, built unless it is up to date. */
export async function loadClient(): Promise<typeof Package> {
  const entry = join(folder, 'dist/index.js')
  if (!(await isFresh(entry))) {
    await run(folder, 'bun install --frozen-lockfile --silent && bun run build')
  }
  return (await import(entry)) as typeof Package
}

// Only what people write counts; four files are written by the build.
async function isFresh(entry: string): Promise<boolean> {
  const sources = [
    ...new Glob('src/*.ts').scanSync(folder),
    '../../services/openapi.json',
    'build.ts',
  ]
  const own = sources.filter((path) => !/(schema|keyed|codes|streams)\.ts$/.test(path))
  const built = Bun.file(entry).lastModified
  return (
    (await Bun.file(entry).exists()) &&
    own.every((path) => Bun.file(join(folder, path)).lastModified < built)
  )
}

/** Runs a command. @returns what it wrote @throws Error with all of it when it fails */
export async function run(cwd: string, command: string): Promise<string> {
  const child = Bun.spawn(['sh', '-c', command], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  if ((await child.exited) !== 0) throw new Error(`${command}:\n${output}${errors}`)
  return output
}
