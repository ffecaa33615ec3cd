import type { ByteRange } from './byte-range.ts'

/** Where bytes lie, by keys that are never used twice. Knows nothing of files, hashes or owners. */
export interface Blobs {
  /**
   * Stores the bytes under a new key. When it resolves they are on the disk for good; when it
   * rejects, with what failed here or in `bytes`, nothing is left of them.
   */
  put: (key: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>
  /**
   * Stores the body of a request as `put` does, holding next to nothing of it here.
   * @param read is given the bytes once; each chunk is gone with the next
   */
  putBody?: (key: string, request: Request, read: ReadBytes) => Promise<void>
  /** Undefined when there are none. */
  open: (key: string) => Promise<Bytes | undefined>
  /** Removes the bytes. There may be none. */
  remove: (key: string) => Promise<void>
  list: () => AsyncIterable<StoredBlob>
  /** An address where a client may fetch a large blob by itself for a short while. */
  redirect: (key: string, answer: RedirectAnswer) => string | undefined
  /** Throws unless blobs can be stored. */
  ping: () => Promise<void>
}

export type ReadBytes = (bytes: AsyncIterable<Uint8Array>) => Promise<void>

export interface Bytes {
  /** All of them or a range, as the body of an answer. */
  body: (range?: ByteRange) => Blob | ReadableStream<Uint8Array>
  stream: () => ReadableStream<Uint8Array>
}

export interface StoredBlob {
  key: string
  /** When it was written, in milliseconds since 1970. */
  written: number
}

export interface RedirectAnswer {
  size: number
  type: string
  disposition: string
}

/** What keys look like; whatever else lies there is not ours. */
export const blobKey = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
