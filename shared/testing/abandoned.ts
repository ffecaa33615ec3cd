import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes folders named after a process, `<prefix><pid>-…`, that ended without removing its own.
 * @param base the folder they are in
 */
export function removeAbandoned(base: string, prefix: string): void {
  for (const name of readdirSync(base)) {
    const owner = name.startsWith(prefix) && Number(name.slice(prefix.length).split('-')[0])
    if (!owner || isAlive(owner)) continue
    try {
      rmSync(join(base, name), { recursive: true, force: true })
    } catch {
      // Another user's, or someone is removing it at this moment: either way not in our way.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
