import type { DatabaseBackup } from '../../shared/store/backup.ts'

/** What a backup says of itself. It is written last: a folder without one is not a backup. */
export interface Manifest {
  format: 1
  /** When it was made, in UTC. */
  created: string
  /** By service. */
  databases: Record<string, DatabaseBackup>
  /** Tells whether a secret is that of this system; see `proveSecret`. */
  secret_proof?: string
  /** SHA-256 by path, of every file of the backup. */
  files: Record<string, string>
}

export const manifestName = 'manifest.json'
/** The contents of files. */
export const blobFolder = 'blobs'

/** @throws Error when there is none that this version understands */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = Bun.file(`${folder}/${manifestName}`)
  if (!(await file.exists())) throw new Error(`${folder} is not a whole backup: no ${manifestName}`)
  const manifest = (await file.json()) as Manifest
  if (manifest.format !== 1) throw new Error(`${folder} was made by a newer version`)
  return manifest
}

/** The same for the same backup, wherever it lies. */
export function identify(manifest: Manifest): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(manifest)).digest('hex')
}
