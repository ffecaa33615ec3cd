import { hash } from 'node:crypto'
import { afterAll, beforeAll } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import type { ComposeOptions } from '../compose.ts'
import { startForTest, type SendOptions, type TestSystem } from '../testing/system.ts'
import { toAnswer, type Answer } from '../testing/use-system.ts'

export interface FilesForTest {
  system: () => TestSystem
  /** The address of the same system on a real socket. */
  url: () => string
  call: <T>(method: string, path: string, options?: SendOptions) => Promise<Answer<T>>
  /** Sends a request over the socket. */
  fetch: (path: string, options?: BunFetchRequestInit & { as?: string }) => Promise<Response>
  /** Uploads bytes over the socket. */
  upload: (
    name: string,
    bytes: Bun.BodyInit,
    options?: { headers?: Record<string, string>; as?: string },
  ) => Promise<Answer<FileRecord & Problem>>
  /** The keys of all stored bytes. */
  blobs: () => Promise<string[]>
  folder: () => string
}

/** One system for all tests of a file, on a real socket and its own folder. */
export function useFiles(
  makeDatabase: MakeDatabase,
  environment: Record<string, string> = {},
  options: Pick<Partial<ComposeOptions>, 'clock'> = {},
): FilesForTest {
  let system: TestSystem
  let folder: string
  let address: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campus-blobs-'))
    system = await startForTest(makeDatabase, {
      ...options,
      environment: { BLOB_URL: `file:${folder}`, ...environment },
    })
    address = listenForTest(system.app)
  }, 30_000)
  afterAll(async () => {
    await system.app.server?.stop(true)
    await system.close()
    await rm(folder, { recursive: true, force: true })
  })

  const fetchAs: FilesForTest['fetch'] = async (
    path,
    { as = 'admin', headers, ...options } = {},
  ) => {
    const authorization = `Bearer ${await system.tokenOf(as)}`
    return fetch(address + path, {
      ...options,
      headers: { authorization, ...(headers as Record<string, string>) },
    })
  }

  return {
    system: () => system,
    url: () => address,
    fetch: fetchAs,
    call: async (method, path, options) => toAnswer(await system.send(method, path, options)),
    upload: async (name, body, { headers, ...options } = {}) =>
      toAnswer(
        await fetchAs(`/api/files?file_name=${encodeURIComponent(name.toWellFormed())}`, {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream', ...headers },
          body,
          ...options,
        }),
      ),
    blobs: async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      return entries
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .toSorted()
    },
    folder: () => folder,
  }
}

export function sha256(bytes: string | Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/** Bytes unique to a test. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536)
    crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

const patience_ms = 5000

/** Waits until a condition holds. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patience_ms
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('It did not become so')
    await Bun.sleep(10)
  }
}
