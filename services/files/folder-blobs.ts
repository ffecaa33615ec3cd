import { access, constants, mkdir, open, opendir, stat, unlink } from 'node:fs/promises'
import { mkdirSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { blobKey, type Blobs, type StoredBlob } from './blobs.ts'

// A folder for each last byte of a key, which is random, so that none grows too long to list.
const shards = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Blobs in a folder of this machine. */
export function openFolder(folder: string): Blobs {
  mkdirSync(folder, { recursive: true })
  const shardOf = (key: string) => join(folder, key.slice(-2))
  const pathOf = (key: string) => join(shardOf(key), key)

  const made = new Set<string>()

  async function makeShard(path: string): Promise<void> {
    if (made.has(path)) return
    await mkdir(path, { recursive: true })
    await syncFolder(folder)
    made.add(path)
  }

  async function put(key: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    await makeShard(shardOf(key))
    const file = await open(pathOf(key), 'wx')
    try {
      await writeAll(file, bytes)
      await file.sync()
      await file.close()
      await syncFolder(shardOf(key))
    } catch (error) {
      await file.close().catch(() => {}) // it may be closed already
      await remove(key)
      throw error
    }
  }

  async function remove(key: string): Promise<void> {
    await unlink(pathOf(key)).catch(ignoreMissing)
  }

  return {
    put,
    remove,
    open: async (key) => {
      const file = Bun.file(pathOf(key))
      if (!(await file.exists())) return undefined
      return {
        body: (range) => (range ? file.slice(range.start, range.end) : file),
        stream: () => file.stream(),
      }
    },
    list: async function* list() {
      for (const shard of shards) yield* listShard(join(folder, shard))
    },
    redirect: () => undefined,
    ping: () => access(folder, constants.W_OK),
  }
}

// The next chunk is received and hashed while this one is being written.
async function writeAll(file: FileHandle, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let written = Promise.resolve()
  for await (const chunk of bytes) {
    await written
    written = writeChunk(file, chunk)
    written.catch(() => {}) // reported by whoever awaits it next
  }
  await written
}

async function writeChunk(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    at += (await file.write(chunk, at, chunk.length - at)).bytesWritten
  }
}

// The name of a file is in its folder, and as volatile as bytes until that is synced (fsync(2)).
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function* listShard(folder: string): AsyncGenerator<StoredBlob> {
  const entries = await opendir(folder).catch(ignoreMissing)
  for await (const { name } of entries ?? []) {
    if (!blobKey.test(name)) continue // not ours
    const found = await stat(join(folder, name)).catch(ignoreMissing)
    if (found?.isFile()) yield { key: name, written: found.mtimeMs }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
