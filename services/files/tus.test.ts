import { expect, it } from 'bun:test'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { Upload } from 'tus-js-client'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { randomBytes, sha256, until, useFiles } from './fixture.ts'
import { day_ms } from '../../shared/duration.ts'

const quota = 40_000_000
const mebibyte = 1024 * 1024

type Piece = [offset: number, bytes: Uint8Array<ArrayBuffer>, headers?: Record<string, string>]

describeStores('resumable uploads', (makeDatabase) => {
  let now = Date.now()
  const { call, fetch, blobs, url, system } = useFiles(
    makeDatabase,
    { MAX_FILE_BYTES: String(quota), USER_QUOTA_BYTES: String(quota) },
    { clock: () => now },
  )

  const tus = { 'tus-resumable': '1.0.0' }
  const content = { ...tus, 'content-type': 'application/offset+octet-stream' }

  const create = (size: number, headers = {}, as = 'admin') =>
    fetch('/api/uploads', {
      method: 'POST',
      headers: { ...tus, 'upload-length': `${size}`, ...headers },
      as,
    })

  const patch = (path: string, ...[offset, body, headers]: Piece) =>
    fetch(path, {
      method: 'PATCH',
      headers: { ...content, 'upload-offset': `${offset}`, ...headers },
      body,
    })

  const head = (path: string, as = 'admin') => fetch(path, { method: 'HEAD', headers: tus, as })

  async function begin(size: number, headers = {}) {
    const response = await create(size, headers)
    expect(response.status).toBe(201)
    return response.headers.get('location') ?? ''
  }

  async function offset(path: string) {
    return Number((await head(path)).headers.get('upload-offset'))
  }

  async function requireWhole(bytes: Uint8Array, name?: string) {
    const hash = sha256(bytes)
    const response = await fetch(`/api/files/${hash}/content`)
    expect(response.status).toBe(200)
    expect(sha256(await response.bytes())).toBe(hash)
    const { body } = await call('GET', `/api/files/${hash}`)
    if (name) expect(body).toMatchObject({ file_name: name, size: bytes.length })
    await call('DELETE', `/api/files/${hash}`)
    expect(await blobs()).toEqual([])
  }

  it('announce what they support', async () => {
    const response = await fetch('/api/uploads', { method: 'OPTIONS' })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'tus-resumable': '1.0.0',
      'tus-version': '1.0.0',
      'tus-extension': 'creation,checksum,expiration,termination',
      'tus-checksum-algorithm': 'sha256,sha1,md5',
      'tus-max-size': String(quota),
    })
  })

  it('accept bytes piece by piece, and become a file with the last ones', async () => {
    const bytes = randomBytes(100_000)
    const metadata = `filename ${Buffer.from('Ü/part.bin').toString('base64')},flag`
    const path = await begin(bytes.length, { 'upload-metadata': metadata })
    for (let at = 0; at < bytes.length; at += 30_000) {
      const answer = await head(path)
      expect(answer.status).toBe(200)
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'upload-offset': `${at}`,
        'upload-length': '100000',
        'upload-metadata': metadata,
        'cache-control': 'no-store',
      })
      const sent = await patch(path, at, bytes.slice(at, at + 30_000))
      expect(sent.status).toBe(204)
      expect(sent.headers.get('upload-offset')).toBe(`${Math.min(at + 30_000, 100_000)}`)
    }
    const answer = await head(path)
    expect(answer.headers.get('content-location')).toBe(`/api/files/${sha256(bytes)}`)
    expect((await patch(path, bytes.length, new Uint8Array())).status).toBe(204)
    await requireWhole(bytes, 'part.bin')
  })

  it('keep what arrived before the connection broke', async () => {
    const bytes = randomBytes(20 * mebibyte)
    const path = await begin(bytes.length)
    const socket = connect(Number(new URL(url()).port), '127.0.0.1')
    const headers = {
      host: 'a',
      authorization: `Bearer ${await system().tokenOf('admin')}`,
      ...content,
      'upload-offset': '0',
      'content-length': String(bytes.length),
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`PATCH ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
    const sent = 18 * mebibyte
    await new Promise((resolve) => socket.write(bytes.subarray(0, sent), resolve))
    // The first sixteen are a complete part, which even a crash does not lose.
    await until(async () => (await offset(path)) === 16 * mebibyte)
    await Bun.sleep(100)
    socket.destroy()
    await until(async () => (await offset(path)) > 16 * mebibyte)
    const received = await offset(path)
    expect(received).toBeLessThanOrEqual(sent)
    expect((await patch(path, received, bytes.slice(received))).status).toBe(204)
    await requireWhole(bytes)
  })

  it('keep all or nothing of bytes with a checksum', async () => {
    const bytes = randomBytes(1000)
    const path = await begin(bytes.length)
    for (const algorithm of ['sha256', 'sha1', 'md5']) {
      const digest = createHash(algorithm).update(bytes.subarray(0, 500)).digest('base64')
      const headers = { 'upload-checksum': `${algorithm} ${digest}` }
      const wrong = await patch(path, 0, bytes.slice(1, 501), headers)
      expect([algorithm, wrong.status]).toEqual([algorithm, 460])
      expect(await offset(path)).toBe(0)
    }
    expect(await blobs()).toEqual([])
    const headers = { 'upload-checksum': 'crc32 AAAA' }
    expect((await patch(path, 0, bytes, headers)).status).toBe(400)
    const digest = createHash('sha1').update(bytes).digest('base64')
    const right = await patch(path, 0, bytes, { 'upload-checksum': `sha1 ${digest}` })
    expect(right.status).toBe(204)
    await requireWhole(bytes)
  })

  it('accept one of two that send the same bytes at once', async () => {
    const bytes = randomBytes(60_000)
    const path = await begin(bytes.length)
    const half = bytes.slice(0, 30_000)
    const first = await Promise.all([patch(path, 0, half), patch(path, 0, half)])
    expect(first.map(({ status }) => status).toSorted()).toEqual([204, 409])
    const rest = bytes.slice(30_000)
    const last = await Promise.all([patch(path, 30_000, rest), patch(path, 30_000, rest)])
    expect(last.map(({ status }) => status)).toContain(204)
    expect(await blobs()).toHaveLength(1)
    await requireWhole(bytes)
  })

  it('refuse requests that are not tus, too large, too long, or at another offset', async () => {
    const path = await begin(100)
    const bytes = randomBytes(100)
    const answers: [number, Response][] = [
      [412, await fetch('/api/uploads', { method: 'POST', headers: { 'upload-length': '1' } })],
      [412, await fetch(path, { method: 'HEAD' })],
      [412, await patch(path, 0, bytes, { 'tus-resumable': '0.2.2' })],
      [400, await create(-1)],
      [400, await fetch('/api/uploads', { method: 'POST', headers: tus })],
      [400, await create(1, { 'upload-metadata': 'filename ***' })],
      [413, await create(quota + 1)],
      [409, await patch(path, 1, bytes)],
      [413, await patch(path, 0, randomBytes(101))],
      [415, await patch(path, 0, bytes, { 'content-type': 'application/octet-stream' })],
      [404, await head('/api/uploads/00000000-0000-7000-8000-000000000000')],
      [422, await head('/api/uploads/..%2f..')],
    ]
    expect(answers.map(([, { status }]) => status)).toEqual(answers.map(([status]) => status))
    for (const [, { headers }] of answers) expect(headers.get('tus-resumable')).toBe('1.0.0')
    expect(await blobs()).toEqual([])
    expect((await fetch(path, { method: 'DELETE', headers: tus })).status).toBe(204)
  })

  it('are their owner’s alone', async () => {
    const path = (await create(10, {}, 'anna')).headers.get('location') ?? ''
    expect((await head(path, 'anna')).status).toBe(200)
    expect((await head(path, 'bert')).status).toBe(404)
    expect((await patch(path, 0, randomBytes(10))).status).toBe(404)
    const gone = await fetch(path, { method: 'DELETE', headers: tus, as: 'bert' })
    expect(gone.status).toBe(404)
    const mine = await fetch(path, { method: 'DELETE', headers: tus, as: 'anna' })
    expect(mine.status).toBe(204)
    expect((await head(path, 'anna')).status).toBe(404)
  })

  it('can be cancelled, and leave nothing', async () => {
    const path = await begin(1000)
    await patch(path, 0, randomBytes(500))
    expect(await blobs()).toHaveLength(1)
    expect((await fetch(path, { method: 'DELETE', headers: tus })).status).toBe(204)
    expect((await head(path)).status).toBe(404)
    expect(await blobs()).toEqual([])
  })

  it('hold no more unfinished bytes than the quota', async () => {
    const half = quota / 2
    const paths = [await begin(half), await begin(half)]
    expect((await create(1)).status).toBe(409)
    for (const path of paths) await fetch(path, { method: 'DELETE', headers: tus })
    expect((await create(1)).status).toBe(201)
  })

  it('create one upload for a retry with its key, and an empty file immediately', async () => {
    const headers = { 'idempotency-key': 'once' }
    const [first, again] = [await create(7, headers), await create(7, headers)]
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await create(8, headers)).status).toBe(422)
    const empty = await create(0, { 'upload-metadata': 'filename ZW1wdHk=' })
    expect(empty.headers.get('content-location')).toBe(`/api/files/${sha256('')}`)
    await requireWhole(new Uint8Array(), 'empty')
  })

  it('work with an independent client, in one piece and in many', async () => {
    const bytes = randomBytes(20 * mebibyte)
    for (const chunkSize of [Infinity, 3_000_000]) {
      await new Promise((resolve, reject) => {
        const token = system().tokenOf('admin')
        const upload = new Upload(Buffer.from(bytes), {
          endpoint: `${url()}/api/uploads`,
          chunkSize,
          retryDelays: null,
          metadata: { filename: 'tus.bin' },
          onBeforeRequest: async (request) =>
            request.setHeader('authorization', `Bearer ${await token}`),
          onError: reject,
          onSuccess: resolve,
        })
        upload.start()
      })
      await requireWhole(bytes, 'tus.bin')
    }
  }, 20_000)

  it('expire a day after the last byte', async () => {
    const path = await begin(1000)
    await pass(day_ms - 1000)
    const { headers } = await patch(path, 0, randomBytes(500))
    const expires = Date.parse(headers.get('upload-expires') ?? '')
    expect(Math.abs(expires - now - day_ms)).toBeLessThan(1000)
    await pass(day_ms - 1000)
    expect((await head(path)).status).toBe(200)
    await pass(1000)
    expect((await head(path)).status).toBe(410)
    expect((await patch(path, 500, randomBytes(500))).status).toBe(410)
  })

  async function pass(time_ms: number) {
    now += time_ms
    await call('GET', '/api/users/me') // logs in again
  }
})
