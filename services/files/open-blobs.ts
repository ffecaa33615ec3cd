import type { Config } from '../../shared/config.ts'
import type { Blobs } from './blobs.ts'
import { openFolder } from './folder-blobs.ts'

/** Opens the store of bytes that `BLOB_URL` names. */
export function openBlobs({ blobUrl }: Config): Blobs {
  return openFolder(blobUrl.slice('file:'.length))
}
