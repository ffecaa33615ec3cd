import { join } from 'node:path'

// Where Bun keeps what `bun build --compile` put into a program.
const embedded = '/$bunfs/root'

/** Whether this is the one binary, which has all its files inside. */
export const isStandalone = import.meta.dir.startsWith(embedded)

const root = isStandalone ? embedded : join(import.meta.dir, '..')

/** The path of a file or folder of this program, given as it is in the sources. */
export function locateFile(path: string): string {
  // Only code is at another name there: compiled.
  return join(root, isStandalone ? path.replace(/\.ts$/, '.js') : path)
}

/** What starts a file of this program as a process of its own, knowing nothing of a `.env` file. */
export function commandOf(path: string): string[] {
  return isStandalone
    ? [process.execPath, 'run', path]
    : [process.execPath, '--no-env-file', locateFile(path)]
}
