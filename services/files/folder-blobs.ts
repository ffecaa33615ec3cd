import { access, constants, mkdir, open, opendir, stat, unlink } from 'node:fs/promises'
import { mkdirSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { privateFile, privateFolder } from '@campus/store/private-file.ts'
import { blobKey, type Blobs, type Bytes, type StoredBlob } from './blobs.ts'

// A folder for each last byte of a key, which is random, so that listings stay short.
const shards = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Blobs in a local folder. */
export function openFolder(folder: string): Blobs {
  mkdirSync(folder, privateFolder)
  const shardOf = (key: string) => join(folder, key.slice(-2))
  const pathOf = (key: string) => join(shardOf(key), key)

  const made = new Set<string>()

  async function makeShard(path: string): Promise<void> {
    if (made.has(path)) return
    await mkdir(path, privateFolder)
    await syncFolder(folder)
    made.add(path)
  }

  async function create(key: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
    await makeShard(shardOf(key))
    const file = await open(pathOf(key), 'wx+', privateFile)
    try {
      await write(file)
      await Promise.all([file.sync(), syncFolder(shardOf(key))])
      await file.close()
    } catch (error) {
      await file.close().catch(() => {}) // it may be closed already
      await remove(key)
      throw error
    }
  }

  function toBytes(file: Bun.BunFile): Bytes {
    return {
      body: (range) => (range ? file.slice(range.start, range.end) : file),
      stream: () => file.stream(),
    }
  }

  async function remove(key: string): Promise<void> {
    await unlink(pathOf(key)).catch(ignoreMissing)
  }

  return {
    put: (key, bytes) => create(key, (file) => writeAll(file, bytes)),
    // Bun streams the body natively; in JavaScript each upload would use megabytes.
    putBody: (key, request, read) =>
      create(key, async (file) => {
        await Bun.write(pathOf(key), request)
        await Promise.all([read(readAll(file)), file.sync()])
      }),
    remove,
    open: async (key) => {
      const file = Bun.file(pathOf(key))
      // The size of a missing file is 0, and is read anyway to send it.
      return file.size > 0 || (await file.exists()) ? toBytes(file) : undefined
    },
    list: async function* list() {
      for (const shard of shards) yield* listShard(join(folder, shard))
    },
    redirect: () => undefined,
    ping: () => access(folder, constants.W_OK),
  }
}

// Receives and hashes the next chunk while this one is being written.
async function writeAll(file: FileHandle, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let written = Promise.resolve()
  for await (const chunk of bytes) {
    await written
    written = writeChunk(file, chunk)
    written.catch(() => {}) // reported where it is awaited next
  }
  await written
}

// Larger chunks of many uploads fill the memory; smaller ones slow each upload down.
const readBytes = 128 * 1024

async function* readAll(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(readBytes)
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, readBytes, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function writeChunk(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    at += (await file.write(chunk, at, chunk.length - at)).bytesWritten
  }
}

// A file's name is in its folder, and volatile until the folder is synced (fsync(2)).
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
