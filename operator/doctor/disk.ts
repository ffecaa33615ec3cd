import { existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { serviceNames } from '../../services/index.ts'
import type { Config } from '../../shared/host/config.ts'
import type { Finding } from './finding.ts'

// A day of a busy system, and room for SQLite checkpoints.
const freeMin_bytes = 2 ** 30

/** Checks free space where this system writes. */
export function checkDisk(config: Config): Finding[] {
  const files = serviceNames.flatMap(
    (name) => /^sqlite:(.+)$/.exec(config.databaseUrl(name))?.[1] ?? [],
  )
  const blobs = /^file:(.+)$/.exec(config.BLOB_URL)?.[1]
  const folders = [
    ...files.map((file) => dirname(resolve(file))),
    ...(blobs ? [resolve(blobs)] : []),
  ]
  return [...new Set(folders)].map((folder) => {
    const { bavail, bsize } = statfsSync(nearest(folder))
    const free = `${(Number(bavail * bsize) / 2 ** 30).toFixed(1)} GiB free`
    const ok = bavail * bsize >= freeMin_bytes
    return {
      topic: 'disk',
      ok,
      text: ok ? `${free} in ${folder}` : `only ${free}: free some space in ${folder}`,
    }
  })
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder))
}
