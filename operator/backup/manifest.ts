import { hash } from 'node:crypto'
import type { DatabaseBackup } from '@campus/store/backup.ts'

/** Describes a backup. Written last: a folder without a manifest is not a backup. */
export interface Manifest {
  format: 1
  /** When it was made, in UTC. */
  created: string
  /** By service. */
  databases: Record<string, DatabaseBackup>
  /** Identifies the system's secret without revealing it; see `proveSecret`. */
  secret_proof?: string
  /** SHA-256 by path, of every file of the backup. */
  files: Record<string, string>
}

export const manifestName = 'manifest.json'
/** The contents of files. */
export const blobFolder = 'blobs'

/** @throws Error when it is missing or of a format this version does not support */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = Bun.file(`${folder}/${manifestName}`)
  if (!(await file.exists()))
    throw new Error(`${folder} is not a complete backup: no ${manifestName}`)
  const manifest = (await file.json()) as Manifest
  if (manifest.format !== 1) throw new Error(`${folder} was made by a newer version`)
  return manifest
}

/** An id of the backup that does not depend on its location. */
export function identify(manifest: Manifest): string {
  return hash('sha256', JSON.stringify(manifest), 'hex')
}
