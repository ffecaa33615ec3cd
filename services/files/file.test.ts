import { expect, it } from 'bun:test'
import type { Problem } from '../../shared/schemas/problem.ts'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { randomBytes, sha256, useFiles } from './fixture.ts'
import { toAnswer, type Answer } from '../testing/use-system.ts'

describeStores('files', (makeDatabase) => {
  const { call, upload, blobs, fetch } = useFiles(makeDatabase)

  it('stores bytes under their hash, with their type', async () => {
    const bytes = randomBytes(3_000_000).fill(0, 0, 4) // random ones may be a magic number
    const { status, headers, body } = await upload('Lecture 1.bin', bytes)
    const hash = sha256(bytes)
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api/files/${hash}`)
    expect(body).toMatchObject({
      file_hash: hash,
      file_name: 'Lecture 1.bin',
      file_type: 'application/octet-stream',
      size: 3_000_000,
    })
    expect((await call('GET', `/api/files/${hash}`)).body).toEqual(body)
    const content = await fetch(`/api/files/${hash}/content`)
    expect(sha256(await content.bytes())).toBe(hash)
  })

  it('returns the existing record for the same bytes', async () => {
    const bytes = randomBytes(1000)
    const first = await upload('first', bytes)
    const stored = await blobs()
    const again = await upload('second', bytes)
    expect(again).toMatchObject({ status: 200, body: first.body })
    expect(await blobs()).toEqual(stored)
  })

  it('accepts a form, any name, and an empty file', async () => {
    for (const [name, text] of [
      ['Ærøskøbing 車.txt', 'hello'],
      ['empty', ''],
      ['C:\\fakepath\\path.txt', 'path'],
    ] as const) {
      const form = new FormData()
      form.append('upfile', new File([text], name))
      const answer = await toAnswer<FileRecord>(
        await fetch(`/api/files`, { method: 'POST', body: form }),
      )
      expect(answer).toMatchObject({
        status: 201,
        body: { file_hash: sha256(text), file_name: name.split('\\').at(-1), size: text.length },
      })
    }
  })

  it('takes a body that was forgotten for no empty file', async () => {
    const send = async (headers: Record<string, string>) =>
      toAnswer<Problem>(
        await fetch('/api/files?file_name=forgotten.txt', { method: 'POST', headers }),
      )
    const stored = await blobs()
    const refused = { status: 400, body: { code: 'body_missing' } }
    expect(await send({})).toMatchObject(refused)
    for (const type of ['text/plain', 'application/octet-stream', 'multipart/form-data']) {
      expect(await send({ 'content-type': type })).toMatchObject(refused)
      const empty = { 'content-type': type, 'content-length': '0' }
      expect(await send(empty)).toMatchObject(refused)
    }
    // A pipe that failed: no length, and no bytes.
    const body = new ReadableStream({ start: (controller) => controller.close() })
    const path = '/api/files?file_name=forgotten.txt'
    expect(await toAnswer(await fetch(path, { method: 'POST', body }))).toMatchObject(refused)
    expect(await blobs()).toEqual(stored)
  })

  it('refuses a form that is cut off, has no upfile or has more, and stores nothing', async () => {
    const stored = await blobs()
    const post = async (body: string) =>
      toAnswer(
        await fetch(`/api/files`, {
          method: 'POST',
          headers: { 'content-type': 'multipart/form-data; boundary=b' },
          body,
        }),
      )
    const part = (field: string, text: string) =>
      `--b\r\nContent-Disposition: form-data; name="${field}"; filename="f"\r\n\r\n${text}\r\n`
    const cases = [
      [part('upfile', 'cut off'), 400, 'malformed_multipart'],
      ['no form at all', 400, 'malformed_multipart'],
      [`${part('other', 'x')}--b--\r\n`, 400, 'upfile_missing'],
      [`${part('upfile', 'x')}${part('other', 'y')}--b--\r\n`, 422, 'invalid_input'],
      [`${part('upfile', 'x')}${part('upfile', 'y')}--b--\r\n`, 422, 'invalid_input'],
    ] as const
    for (const [body, status, code] of cases) {
      expect(await post(body)).toMatchObject({ status, body: { code } })
    }
    expect(await blobs()).toEqual(stored)
  })

  it('renames, unless changed meanwhile, and keeps hash, size and time', async () => {
    const { body } = await upload('before', randomBytes(10))
    const path = `/api/files/${body.file_hash}`
    const etag = (await call('GET', path)).headers.get('etag') ?? ''
    const change = { file_name: 'after.csv', file_type: 'text/csv' }
    const headers = { 'if-match': etag }
    expect((await call('PUT', path, { headers, body: change })).body).toEqual({
      ...body,
      ...change,
    })
    expect((await call('PUT', path, { headers, body: change })).status).toBe(412)
    expect((await call('DELETE', path, { headers })).status).toBe(412)
    for (const bad of ['a/b', '..', 'a\nb', '', 'a\u202eb']) {
      const { status } = await call('PUT', path, { body: { ...change, file_name: bad } })
      expect(status).toBe(422)
    }
  })

  it('deletes a file and its bytes', async () => {
    const stored = await blobs()
    const { body } = await upload('gone', randomBytes(10))
    const path = `/api/files/${body.file_hash}`
    expect(await blobs()).toHaveLength(stored.length + 1)
    expect((await call('DELETE', path)).status).toBe(204)
    expect(await blobs()).toEqual(stored)
    for (const rest of ['', '/content']) expect((await call('GET', path + rest)).status).toBe(404)
    expect((await call('DELETE', path)).status).toBe(404)
  })

  it('lists newest first, page by page, and finds by part of the name', async () => {
    for (const name of ['Über_100%.txt', 'uber', 'ÜBER.md']) await upload(name, randomBytes(20))
    const find = async (q: string) => {
      const { body } = await call<FileRecord[]>('GET', `/api/files?q=${encodeURIComponent(q)}`)
      return body.map(({ file_name }) => file_name)
    }
    expect(await find('über')).toEqual(['ÜBER.md', 'uber', 'Über_100%.txt'])
    expect(await find('_100%')).toEqual(['Über_100%.txt'])
    expect(await find('%')).toEqual(['Über_100%.txt'])
    const seen: string[] = []
    let path: string | undefined = '/api/files?limit=2'
    while (path) {
      const answer: Answer<FileRecord[]> = await call('GET', path)
      seen.push(...answer.body.map(({ file_hash }) => file_hash))
      path = /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    const all = (await call<FileRecord[]>('GET', '/api/files?limit=200')).body
    expect(seen).toEqual(all.map(({ file_hash }) => file_hash))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('returns the stored response to a retry, and refuses another file under its key', async () => {
    const bytes = randomBytes(30)
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const first = await upload('keyed', bytes, { headers })
    await call('DELETE', `/api/files/${first.body.file_hash}`)
    const again = await upload('keyed', bytes, { headers })
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(await upload('keyed', randomBytes(30), { headers })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    })
  })

  it("detects a file's type by its bytes, not by its name", async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
    const cases = [
      ['text.exe', 'Grüße\n', 'text/plain'],
      ['image.txt', png, 'image/png'],
      ['page.png', '<!doctype html><script>alert(1)</script>', 'text/plain'],
      ['half.txt', `${'a'.repeat(16_383)}ü`, 'text/plain'],
      ['nul.txt', 'a\u0000b', 'application/octet-stream'],
    ] as const
    for (const [name, bytes, file_type] of cases) {
      expect((await upload(name, bytes)).body).toMatchObject({ file_type })
    }
  })
})
