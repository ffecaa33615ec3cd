import { expect, it } from 'bun:test'
import { connect } from 'node:net'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { randomBytes, sha256, until, useFiles } from './fixture.ts'
import { toAnswer } from '../testing/use-system.ts'
import { hostileNames } from './testing/hostile-names.ts'

const sizeMax = 1_000_000
const quota = 2_500_000

describeStores('uploads', (makeDatabase) => {
  const { call, upload, blobs, url, fetch, system } = useFiles(makeDatabase, {
    MAX_FILE_BYTES: String(sizeMax),
    USER_QUOTA_BYTES: String(quota),
  })

  /** A body of unannounced length. */
  async function* inChunks(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000)
  }

  async function clear() {
    const { body } = await call<FileRecord[]>('GET', '/api/files?limit=200')
    for (const { file_hash } of body) await call('DELETE', `/api/files/${file_hash}`)
    expect(await blobs()).toEqual([])
  }

  it('are refused if too large, announced or not, and leave nothing', async () => {
    const bytes = randomBytes(sizeMax + 1)
    const form = new FormData()
    form.append('upfile', new File([bytes], 'large'))
    const answers = [
      await upload('large', bytes),
      await upload('large', inChunks(bytes) as never),
      await toAnswer(await fetch(`/api/files`, { method: 'POST', body: form })),
    ]
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 413, body: { code: 'file_too_large' } })
    }
    expect((await upload('largest', inChunks(bytes.subarray(1)) as never)).status).toBe(201)
    await clear()
  })

  it('never exceed the quota, even all at once', async () => {
    const all = Array.from({ length: 12 }, () => randomBytes(500_000))
    const answers = await Promise.all(all.map((bytes, at) => upload(`${at}`, bytes)))
    const won = answers.filter(({ status }) => status === 201)
    expect(won).toHaveLength(5)
    for (const answer of answers.filter((one) => !won.includes(one))) {
      expect(answer).toMatchObject({ status: 403, body: { code: 'quota_exceeded' } })
    }
    expect(await blobs()).toHaveLength(5)
    // Files the user already has need no room.
    const again = all[answers.findIndex(({ status }) => status === 201)]
    expect((await upload('again', again ?? '')).status).toBe(200)
    const form = new FormData()
    form.append('upfile', new File([], 'empty'))
    expect((await fetch('/api/files', { method: 'POST', body: form })).status).toBe(201)
    await clear()
  })

  it('leave nothing when the client disconnects in the middle', async () => {
    const port = Number(new URL(url()).port)
    const token = `Authorization: Bearer ${await system().tokenOf('admin')}\r\n`
    const kinds = {
      length: 'Content-Length: 500000\r\n',
      chunked: 'Transfer-Encoding: chunked\r\n',
      form: 'Content-Length: 500000\r\nContent-Type: multipart/form-data; boundary=b\r\n',
    }
    const start = {
      length: 'x'.repeat(100_000),
      chunked: `186a0\r\n${'x'.repeat(100_000)}\r\n`,
      form:
        '--b\r\nContent-Disposition: form-data; name="upfile"; filename="f"\r\n\r\n' +
        'x'.repeat(100_000),
    }
    for (const kind of ['length', 'chunked', 'form'] as const) {
      const socket = connect(port, '127.0.0.1')
      socket.write(`POST /api/files?file_name=x HTTP/1.1\r\nHost: a\r\n${token}${kinds[kind]}\r\n`)
      socket.write(start[kind])
      await until(async () => (await blobs()).length === 1)
      socket.destroy()
      await until(async () => (await blobs()).length === 0)
    }
    expect((await call<FileRecord[]>('GET', '/api/files')).body).toEqual([])
  })

  it('keep any name, without its path, and never as a header', async () => {
    await Promise.all(hostileNames.map(checkName))
    expect(await blobs()).toEqual([])
  }, 30_000)

  async function checkName(given: string) {
    const answer = await upload(given, randomBytes(20))
    expect([given, answer.status]).toEqual([given, 201])
    const { file_name, file_type, file_hash } = answer.body
    expect(file_name).toMatch(/^[^/\\\p{Cc}]{1,255}$/u)
    const path = `/api/files/${file_hash}`
    const body = { file_name, file_type }
    expect([given, (await call('PUT', path, { body })).status]).toEqual([given, 200])
    const { headers } = await fetch(`${path}/content`)
    const [, encoded = ''] =
      /^attachment; filename="[^"\\]*"; filename\*=UTF-8''(\S+)$/.exec(
        headers.get('content-disposition') ?? '',
      ) ?? []
    expect(decodeURIComponent(encoded)).toBe(file_name)
    expect(headers.has('x-evil')).toBe(false)
    expect((await call('DELETE', path)).status).toBe(204)
  }

  it('refuse invalid hashes', async () => {
    for (const hash of [
      '..%2f..%2fetc%2fpasswd',
      'A'.repeat(64),
      '0'.repeat(63),
      `${'0'.repeat(64)}%00`,
    ]) {
      expect((await call('GET', `/api/files/${hash}/content`)).status).toBe(422)
    }
  })

  it('and deletions of the same bytes at once never lose them', async () => {
    const bytes = randomBytes(5000)
    const hash = sha256(bytes)
    for (let round = 0; round < 25; round++) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          at % 2 === 0 ? upload('raced', bytes) : call('DELETE', `/api/files/${hash}`),
        ),
      )
      const statuses = new Set(answers.map(({ status }) => status))
      expect([...statuses.difference(new Set([200, 201, 204, 404]))]).toEqual([])
      const there = await fetch(`/api/files/${hash}/content`)
      if (there.status === 200) expect(sha256(await there.bytes())).toBe(hash)
      else expect(there.status).toBe(404)
      expect(await blobs()).toHaveLength(there.status === 200 ? 1 : 0)
    }
    await clear()
  })
})
