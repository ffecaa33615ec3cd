import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A small file system visible only to one process and its children; it is gone when they end. */
export interface SmallDisk {
  /** Its path in that process. */
  folder: string
  /** A command prefix that runs it on this disk. */
  within: readonly string[]
}

// Fits the SQLite log between two checkpoints, 16 MiB, and a database.
const size = '48m'
const mountScript = `mount -t tmpfs -o size=${size} tmpfs "$0" && exec "$@"`

/** @returns undefined if neither root nor a namespace of our own may mount */
export function makeSmallDisk(folder: string): SmallDisk | undefined {
  const ways = [
    ['unshare', '-m'],
    ['unshare', '-rm'],
  ]
  for (const way of ways) {
    const within = [...way, 'sh', '-c', mountScript, folder]
    if (canRun([...within, 'true'])) return { folder, within }
  }
  return undefined
}

/** Fills the disk that a process sees, to the last byte. @returns how to free it again */
export function fillDisk(pid: number, { folder }: SmallDisk): () => void {
  const file = join(`/proc/${pid}/root`, folder, 'filler')
  const handle = openSync(file, 'w')
  for (let size = chunk.byteLength; size > 0;) {
    try {
      writeSync(handle, chunk, 0, size)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      // Ever smaller pieces, until not even one byte fits.
      size = Math.floor(size / 2)
    }
  }
  closeSync(handle)
  return () => rmSync(file)
}

const chunk = Buffer.alloc(1024 * 1024)

function canRun(command: string[]): boolean {
  try {
    return Bun.spawnSync(command, { stdio: ['ignore', 'ignore', 'ignore'] }).exitCode === 0
  } catch {
    return false // there is no such command
  }
}
