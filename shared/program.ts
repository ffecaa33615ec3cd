import { join } from 'node:path'

// Where a program compiled with `bun build --compile` finds its embedded files.
const embedded = '/$bunfs/root'

/** Whether this is the single binary, which embeds all its files. */
export const isStandalone = import.meta.dirname.startsWith(embedded)

const root = isStandalone ? embedded : join(import.meta.dirname, '..')

/** The path of a file or folder of this program, given by its path in the sources. */
export function locateFile(path: string): string {
  // Only code has another name there, as it is compiled.
  return join(root, isStandalone ? path.replace(/\.ts$/, '.js') : path)
}

/** The command that runs a file of this program as a process of its own, without a `.env` file. */
export function commandOf(path: string): string[] {
  return isStandalone
    ? [process.execPath, 'run', path]
    : [process.execPath, '--no-env-file', locateFile(path)]
}
