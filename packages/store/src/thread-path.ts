import { join } from 'node:path'

// Where a program compiled with `bun build --compile` finds the threads that were named beside it.
const embedded = '/$bunfs/root'

/** The path of the code of a thread. */
export function threadPath(name: 'sqlite-worker' | 'sqlite-reader-worker'): string {
  return import.meta.dirname.startsWith(embedded)
    ? `${embedded}/packages/store/src/${name}.js`
    : join(import.meta.dirname, `${name}.ts`)
}
