import type { Config } from '../../shared/host/config.ts'
import { blobKey, type Blobs, type Bytes, type StoredBlob } from './blobs.ts'

// Smaller ones are not worth a second round trip.
const redirectBytesMin = 8 * 1024 * 1024
// From the redirect to the first byte; a download in progress continues.
const redirectValidFor_s = 60
// S3's limits for a multipart upload: a part has at least 5 MiB.
const partsMax = 10_000
const partBytesMin = 5 * 1024 * 1024

/**
 * Blobs in a bucket of any S3-compatible store.
 * @param url `s3://bucket/prefix?endpoint=…&region=…`; with `public_endpoint`, the store's address
 * for clients, they fetch large files directly
 */
export function openBucket(url: URL, config: Config): Blobs {
  const { S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, MAX_FILE_BYTES } = config
  const prefix = url.pathname.replace(/^\/|\/$/g, '').replace(/.$/, '$&/')
  const read = (name: string) => url.searchParams.get(name)
  const clientAt = (endpoint: string | null) =>
    new Bun.S3Client({
      bucket: url.hostname,
      region: read('region') ?? 'us-east-1',
      ...(endpoint !== null && { endpoint }),
      ...(S3_ACCESS_KEY_ID !== undefined && { accessKeyId: S3_ACCESS_KEY_ID }),
      ...(S3_SECRET_ACCESS_KEY !== undefined && { secretAccessKey: S3_SECRET_ACCESS_KEY }),
    })
  const client = clientAt(read('endpoint'))
  const publicEndpoint = read('public_endpoint')
  const publicClient = publicEndpoint === null ? undefined : clientAt(publicEndpoint)
  const partSize = Math.max(partBytesMin, Math.ceil(MAX_FILE_BYTES / partsMax))

  async function put(key: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const writer = client.file(prefix + key).writer({ partSize, queueSize: 1, retry: 3 })
    try {
      for await (const chunk of bytes) {
        await writer.write(chunk)
        await writer.flush()
      }
      await writer.end()
    } catch (error) {
      // An upload cannot be aborted, so it is completed, then removed.
      await Promise.resolve(writer.end()).catch(() => {})
      await client.delete(prefix + key).catch(() => {}) // the sweep finds it
      throw error
    }
  }

  async function open(key: string): Promise<Bytes | undefined> {
    const file = client.file(prefix + key)
    if (!(await file.exists())) return undefined
    return {
      // As a stream: given the file itself, Bun would respond with a redirect.
      body: (range) => (range ? file.slice(range.start, range.end) : file).stream(),
      stream: () => file.stream(),
    }
  }

  async function* list(): AsyncGenerator<StoredBlob> {
    for (let startAfter = ''; ;) {
      const page = await client.list({ prefix, ...(startAfter !== '' && { startAfter }) })
      for (const { key, lastModified } of page.contents ?? []) {
        startAfter = key
        if (!blobKey.test(key.slice(prefix.length))) continue // not ours
        yield { key: key.slice(prefix.length), written: Date.parse(String(lastModified)) }
      }
      if (page.isTruncated !== true) return
    }
  }

  return {
    put,
    open,
    list,
    remove: (key) => client.delete(prefix + key),
    redirect: (key, { size, type, disposition }) =>
      size < redirectBytesMin
        ? undefined
        : publicClient?.presign(prefix + key, {
            expiresIn: redirectValidFor_s,
            type,
            contentDisposition: disposition,
          }),
    ping: async () => void (await client.list({ prefix, maxKeys: 1 })),
  }
}
