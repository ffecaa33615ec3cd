import type { ByteRange } from './byte-range.ts'

/** Stores bytes under keys that are never reused. Knows nothing about files, hashes or owners. */
export interface Blobs {
  /**
   * Stores bytes under a new key. When it resolves they are durable; when it rejects, for a failure
   * here or in `bytes`, nothing is left.
   */
  put: (key: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>
  /**
   * Stores a request body like `put`, with little of it in memory.
   * @param read gets the bytes once; each chunk is invalid after the next
   */
  putBody?: (key: string, request: Request, read: ReadBytes) => Promise<void>
  /** Undefined if there are none. */
  open: (key: string) => Promise<Bytes | undefined>
  /** Removes the bytes, if any. */
  remove: (key: string) => Promise<void>
  list: () => AsyncIterable<StoredBlob>
  /** A short-lived URL where a client can fetch a large blob directly. */
  redirect: (key: string, answer: RedirectAnswer) => string | undefined
  /** Throws unless blobs can be stored. */
  ping: () => Promise<void>
}

export type ReadBytes = (bytes: AsyncIterable<Uint8Array>) => Promise<void>

export interface Bytes {
  /** All bytes or a range, as a response body. */
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

/** The form of our keys; anything else stored there is not ours. */
export const blobKey = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
