import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes folders `<prefix><pid>-…` of processes that ended without removing them.
 * @param base the folder they are in
 */
export function removeAbandoned(base: string, prefix: string): void {
  for (const name of readdirSync(base)) {
    const owner = name.startsWith(prefix) && Number(name.slice(prefix.length).split('-')[0])
    if (!owner || isAlive(owner)) continue
    try {
      rmSync(join(base, name), { recursive: true, force: true })
    } catch {
      // Another user's, or being removed right now: either way harmless.
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
