import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { randomBytes, sha256, until } from './fixture.ts'

// Longer than a busy machine takes for a response.
const hopTimeout_ms = 2000

describe('files behind a separate gateway', () => {
  let folder: string
  let systems: TestSystem[]
  let url: string
  let hurried: string
  let authorization: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campus-split-'))
    const start = async (environment: Record<string, string>, ...parts: Part[]) => {
      const makeDatabase = async () => ({
        url: `sqlite:${folder}/{service}.sqlite`,
        remove: async () => {},
      })
      const system = await startForTest(makeDatabase, { parts, environment })
      return { system, address: listenForTest(system.app) }
    }
    const users = await start({}, 'users')
    const USERS_URL = users.address
    const blobs = { BLOB_URL: `file:${folder}/blobs`, MAX_FILE_BYTES: '20000000' }
    const files = await start({ USERS_URL, ...blobs }, 'files')
    const others = { USERS_URL, FILES_URL: files.address }
    const gateway = await start(others, 'gateway')
    const hop = { HOP_TIMEOUT_MS: String(hopTimeout_ms) }
    const second = await start({ ...others, ...hop }, 'gateway')
    systems = [second, gateway, files, users].map(({ system }) => system)
    url = gateway.address
    hurried = second.address
    authorization = `Bearer ${await users.system.tokenOf('admin')}`
  })
  afterAll(async () => {
    for (const { app, close } of systems) {
      await app.server?.stop(true)
      await close()
    }
    await rm(folder, { recursive: true, force: true })
  })

  const send = (path: string, { headers, ...options }: BunFetchRequestInit = {}) =>
    fetch(url + path, { ...options, headers: { authorization, ...(headers as object) } })
  const upload = (body: Bun.BodyInit, to = url) =>
    fetch(`${to}/api/files?file_name=split.bin`, {
      method: 'POST',
      body,
      headers: { authorization },
    })
  const blobs = async () => {
    const entries = await readdir(`${folder}/blobs`, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).length
  }

  it('stream through it both ways, beyond the timeout of a hop', async () => {
    const bytes = randomBytes(4_000_000)
    async function* slowly() {
      for (let at = 0; at < bytes.length; at += 500_000) {
        yield bytes.subarray(at, at + 500_000)
        await Bun.sleep(hopTimeout_ms / 6)
      }
    }
    const made = await upload(slowly() as never, hurried)
    expect(made.status).toBe(201)
    const { file_hash } = (await made.json()) as FileRecord
    expect(file_hash).toBe(sha256(bytes))
    const path = `/api/files/${file_hash}/content`
    expect(sha256(await (await send(path)).bytes())).toBe(file_hash)
    const range = await send(path, { headers: { range: 'bytes=1000-2999' } })
    expect([range.status, range.headers.get('content-range')]).toEqual([
      206,
      'bytes 1000-2999/4000000',
    ])
    expect(await range.bytes()).toEqual(bytes.slice(1000, 3000))
    const head = await send(path, { method: 'HEAD' })
    expect([head.status, head.headers.get('etag')]).toEqual([200, `"${file_hash}"`])
    expect((await send(`/api/files/${file_hash}`, { method: 'DELETE' })).status).toBe(204)
  })

  it('are refused through it when they are too large', async () => {
    expect((await upload(randomBytes(20_000_001))).status).toBe(413)
    expect(await blobs()).toBe(0)
  })

  it('can be resumed through it', async () => {
    const options = await send('/api/uploads', { method: 'OPTIONS' })
    expect(options.headers.get('tus-extension')).toContain('checksum')
    const bytes = randomBytes(300_000)
    const headers = {
      'tus-resumable': '1.0.0',
      'content-type': 'application/offset+octet-stream',
      'upload-length': String(bytes.length),
    }
    const made = await send('/api/uploads', { method: 'POST', headers })
    const path = made.headers.get('location') ?? ''
    for (const at of [0, 200_000]) {
      const head = await send(path, { method: 'HEAD', headers })
      expect(head.headers.get('upload-offset')).toBe(String(at))
      const body = bytes.slice(at, at + 200_000)
      const position = { ...headers, 'upload-offset': String(at) }
      expect((await send(path, { method: 'PATCH', headers: position, body })).status).toBe(204)
    }
    const gone = await send(`/api/files/${sha256(bytes)}`, { method: 'DELETE' })
    expect(gone.status).toBe(204)
  })

  it('leave nothing when clients disconnect, without seeming unavailable', async () => {
    const lines = `Authorization: ${authorization}\r\nContent-Length: 5000000\r\n`
    for (let client = 0; client < 8; client++) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.write(`POST /api/files?file_name=x HTTP/1.1\r\nHost: a\r\n${lines}\r\n`)
      socket.write('x'.repeat(300_000))
      await until(async () => (await blobs()) === 1)
      socket.destroy()
      await until(async () => (await blobs()) === 0)
    }
    expect((await send('/api/files')).status).toBe(200)
  })
})

type Part = 'gateway' | 'files' | 'users'
