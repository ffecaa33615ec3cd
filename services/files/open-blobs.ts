import type { Config } from '../../shared/host/config.ts'
import type { Blobs } from './blobs.ts'
import { openFolder } from './folder-blobs.ts'
import { openBucket } from './s3-blobs.ts'

/** Opens the blob store that `BLOB_URL` names. */
export function openBlobs(config: Config): Blobs {
  const folder = /^file:(.+)$/.exec(config.BLOB_URL)?.[1]
  return folder ? openFolder(folder) : openBucket(new URL(config.BLOB_URL), config)
}
