import { expect, it } from 'bun:test'
import type { FileLink } from '../../shared/schemas/file.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { randomBytes, useFiles } from './fixture.ts'

const text = 'abcdefghij'.repeat(20_000)
const size = text.length
const part = (start: number, end: number) => ({ status: 206, text: text.slice(start, end) })
const whole = { status: 200, text }

describeStores('downloads', (makeDatabase) => {
  const { call, upload, fetch, folder, blobs } = useFiles(makeDatabase)

  async function add(name: string, bytes: string | Uint8Array<ArrayBuffer>) {
    const { body } = await upload(name, bytes)
    return { hash: body.file_hash, path: `/api/files/${body.file_hash}/content` }
  }

  async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const response = await fetch(path, { method, headers })
    return { status: response.status, text: await response.text(), headers: response.headers }
  }

  it('may be cached forever, are saved instead of displayed, and not sniffed', async () => {
    const { hash, path } = await add('a "quoted" ü; 100%.txt', text)
    const { headers } = await get(path)
    const expected = {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(size),
      'content-disposition':
        'attachment; filename="a _quoted_ u; 100_.txt"; ' +
        "filename*=UTF-8''a%20%22quoted%22%20%C3%BC%3B%20100%25.txt",
      etag: `"${hash}"`,
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    }
    for (const [name, value] of Object.entries(expected)) expect(headers.get(name)).toBe(value)
    expect(headers.get('content-security-policy')).toStartWith('sandbox')
    const head = await get(path, {}, 'HEAD')
    expect(head).toMatchObject({ status: 200, text: '' })
    for (const [name, value] of Object.entries(expected)) expect(head.headers.get(name)).toBe(value)
  })

  it('send one range, and everything for several or an invalid one', async () => {
    const { path } = await add('range.txt', text)
    const ranges: [string, { status: number; text?: string }][] = [
      ['bytes=0-9', part(0, 10)],
      ['bytes=5-', part(5, size)],
      ['bytes=-7', part(size - 7, size)],
      [`bytes=-${size * 2}`, part(0, size)],
      [`bytes=10-${size * 2}`, part(10, size)],
      [`bytes=${size - 1}-`, part(size - 1, size)],
      [`bytes=${size}-`, { status: 416 }],
      ['bytes=-0', { status: 416 }],
      ['bytes=0-1,4-5', whole],
      ['bytes=9-5', whole],
      ['bytes=-', whole],
      ['bytes=x', whole],
      ['lines=1-2', whole],
    ]
    for (const [range, expected] of ranges) {
      expect([range, await get(path, { range })]).toMatchObject([range, expected])
    }
    const { headers } = await get(path, { range: 'bytes=5-9' })
    expect(headers.get('content-range')).toBe(`bytes 5-9/${size}`)
    const past = await get(path, { range: `bytes=${size}-` })
    expect(past.headers.get('content-range')).toBe(`bytes */${size}`)
  })

  it('send 304 for known bytes, and everything if the range is of another version', async () => {
    const { hash, path } = await add('condition.txt', text)
    const etag = `"${hash}"`
    for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const answer = await get(path, { 'if-none-match': tags })
      expect(answer).toMatchObject({ status: 304, text: '' })
      expect(answer.headers.get('etag')).toBe(etag)
    }
    expect(await get(path, { 'if-none-match': '"x"' })).toMatchObject(whole)
    const range = 'bytes=0-4'
    expect(await get(path, { range, 'if-range': etag })).toMatchObject(part(0, 5))
    for (const other of ['"x"', `W/${etag}`, 'Sat, 01 Jan 2000 00:00:00 GMT']) {
      const answer = await get(path, { range, 'if-range': other })
      expect(answer).toMatchObject(whole)
      expect(answer.headers.get('content-range')).toBeNull()
    }
  })

  it('are displayed on request if harmless', async () => {
    const shown = async (bytes: string | Uint8Array<ArrayBuffer>, file_type?: string) => {
      const { hash, path } = await add('x', bytes)
      const body = { file_name: 'x', file_type }
      if (file_type) await call('PUT', `/api/files/${hash}`, { body })
      const { headers } = await get(`${path}?inline=1`)
      return headers.get('content-disposition')?.split(';')[0]
    }
    expect(await shown('plain')).toBe('inline')
    expect(await shown(Uint8Array.fromHex('89504e470d0a1a0a0000000d49484452'))).toBe('inline')
    expect(await shown('sound', 'audio/mp4')).toBe('inline')
    const xml = ['image/svg+xml', 'application/xhtml+xml', 'application/atom+xml', 'video/x+xml']
    for (const type of ['text/html', 'text/xml', 'audio/svg+xml', ...xml]) {
      expect(await shown(`<script>${type}</script>`, type)).toBe('attachment')
    }
    expect(await shown(randomBytes(100))).toBe('attachment')
  })

  it('are 410 when the bytes were lost, and work again once they are back', async () => {
    const bytes = randomBytes(100)
    const before = await blobs()
    const { path } = await add('lost', bytes)
    const key = (await blobs()).find((name) => !before.includes(name)) ?? ''
    await Bun.file(`${folder()}/${key.slice(-2)}/${key}`).delete()
    expect(await get(path)).toMatchObject({ status: 410 })
    expect((await upload('lost', bytes)).status).toBe(200)
    expect(await get(path)).toMatchObject({ status: 200 })
  })
})

describeStores('links', (makeDatabase) => {
  let now = Date.now()
  const { call, upload, url } = useFiles(makeDatabase, {}, { clock: () => now })

  async function link(body = {}) {
    const { body: file } = await upload('shared.txt', randomBytes(50))
    const path = `/api/files/${file.file_hash}`
    return { path, ...(await call<FileLink>('POST', `${path}/links`, { body })) }
  }

  it('open one file without a token until they expire', async () => {
    const { status, headers, body } = await link({ expires_in: 60 })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(body.url)
    expect(Date.parse(body.expires)).toBe(now + 60_000)
    const open = () => fetch(url() + body.url, { headers: { range: 'bytes=0-9' } })
    // Nor is it found in a cache any longer than that.
    const cachedFor = async () => {
      const { status, headers: sent } = await open()
      return [status, sent.get('cache-control')]
    }
    expect(await cachedFor()).toEqual([206, 'private, max-age=60, immutable'])
    now += 59_999
    expect(await cachedFor()).toEqual([206, 'private, max-age=0, immutable'])
    now += 1
    expect((await open()).status).toBe(404)
  })

  it("are 404 while their owner's account is disabled", async () => {
    const as = 'lena'
    const { body: user } = await call<{ id: string }>('GET', '/api/users/me', { as })
    const { body: file } = await call<{ file_hash: string }>('POST', '/api/files?file_name=a.txt', {
      as,
      body: 'shared by lena',
      headers: { 'content-type': 'text/plain' },
    })
    const path = `/api/files/${file.file_hash}/links`
    const { body } = await call<FileLink>('POST', path, { as, body: {} })
    const open = async () => (await fetch(url() + body.url)).status
    const setDisabled = (disabled: boolean) =>
      call('PATCH', `/api/users/${user.id}`, { body: { disabled } })
    expect(await open()).toBe(200)
    expect((await setDisabled(true)).status).toBe(200)
    expect(await open()).toBe(404)
    await setDisabled(false)
    expect(await open()).toBe(200)
  })

  it('end with their record', async () => {
    const { path, body } = await link()
    expect((await call('DELETE', path)).status).toBe(204)
    expect(await call('GET', body.url)).toMatchObject({
      status: 404,
      body: { code: 'link_not_found' },
    })
  })

  it('cannot be created or changed by anybody else', async () => {
    const { body } = await link()
    const [payload = '', signature = ''] = (body.url.split('/').at(-1) ?? '').split('.')
    const claim = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const longer = Buffer.from(JSON.stringify({ ...claim, expires: 1e15 })).toString('base64url')
    for (const forged of [
      `${longer}.${signature}`,
      `${payload}.${signature.slice(0, -4)}AAAA`,
      `${payload}.`,
      payload,
      'x.y',
    ]) {
      expect((await call('GET', `/api/files/links/${forged}`)).status).toBe(404)
    }
    const bad = { body: { expires_in: 31 * 24 * 60 * 60 } }
    expect((await call('POST', `/api/files/${'0'.repeat(64)}/links`, bad)).status).toBe(422)
    expect((await call('POST', `/api/files/${'0'.repeat(64)}/links`, { body: {} })).status).toBe(
      404,
    )
  })
})
