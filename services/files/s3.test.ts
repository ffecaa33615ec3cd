import { afterAll, expect, it } from 'bun:test'
import { connect } from 'node:net'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { randomBytes, sha256, until, useFiles } from './fixture.ts'
import { toAnswer } from '../testing/use-system.ts'
import { startS3Server, type S3Server } from '../../shared/testing/s3.ts'

const mebibyte = 1024 * 1024
const server = await startS3Server().catch((error: Error) => error.message)
if (typeof server === 'string') console.warn(`Skipped: files on S3, because ${server}.`)
else testOn(server)

function testOn({ endpoint, bucket, accessKeyId, secretAccessKey, keys, stop }: S3Server) {
  afterAll(stop)
  const urlOf = (more = '') => `s3://${bucket}/some/prefix?endpoint=${endpoint}${more}`
  const environment = {
    BLOB_URL: urlOf(),
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
    MAX_FILE_BYTES: String(30 * mebibyte),
  }

  describeStores('files on S3', (makeDatabase) => {
    const { upload, fetch, call, url, system } = useFiles(makeDatabase, environment)

    /** In a form, as a body without bytes is a forgotten one. */
    async function sendEmpty(as: string) {
      const body = new FormData()
      body.append('upfile', new File([], 'empty'))
      return toAnswer<FileRecord>(await fetch('/api/files', { method: 'POST', body, as }))
    }

    it('are stored once, read in ranges, and removed', async () => {
      for (const length of [0, 1000, 12 * mebibyte]) {
        const bytes = randomBytes(length)
        const send = (as: string) => (length === 0 ? sendEmpty(as) : upload('on s3', bytes, { as }))
        const { status, body } = await send('admin')
        expect(status).toBe(201)
        const path = `/api/files/${body.file_hash}`
        expect((await send('admin')).status).toBe(200)
        expect((await send('anna')).status).toBe(201)
        expect(await keys()).toHaveLength(1)
        const whole = await fetch(`${path}/content`)
        expect(whole.status).toBe(200)
        expect(sha256(await whole.bytes())).toBe(sha256(bytes))
        const head = await fetch(`${path}/content`, { method: 'HEAD' })
        expect(head.headers.get('content-length')).toBe(String(length))
        const range = await fetch(`${path}/content`, { headers: { range: 'bytes=10-19' } })
        expect(range.status).toBe(length === 0 ? 416 : 206)
        if (length > 0) expect(await range.bytes()).toEqual(bytes.slice(10, 20))
        expect((await call('DELETE', path)).status).toBe(204)
        expect(await keys()).toHaveLength(1)
        expect((await call('DELETE', path, { as: 'anna' })).status).toBe(204)
        expect(await keys()).toEqual([])
      }
    }, 20_000)

    it('leave nothing if they are too large, or their client disconnects', async () => {
      const large = randomBytes(30 * mebibyte + 1)
      const body = new ReadableStream({
        start: (controller) => {
          controller.enqueue(large)
          controller.close()
        },
      })
      expect((await upload('large', body)).status).toBe(413)
      expect(await keys()).toEqual([])
      const socket = connect(Number(new URL(url()).port), '127.0.0.1')
      const token = `Authorization: Bearer ${await system().tokenOf('admin')}\r\n`
      const length = 'Content-Length: 20000000\r\n'
      socket.write(`POST /api/files?file_name=x HTTP/1.1\r\nHost: a\r\n${token}${length}\r\n`)
      await new Promise((resolve) => socket.write(large.subarray(0, 8 * mebibyte), resolve))
      await Bun.sleep(200)
      socket.destroy()
      await Bun.sleep(200)
      await until(async () => (await keys()).length === 0)
    }, 20_000)

    it('are made of resumable uploads', async () => {
      const bytes = randomBytes(20 * mebibyte)
      const headers = {
        'tus-resumable': '1.0.0',
        'content-type': 'application/offset+octet-stream',
        'upload-length': String(bytes.length),
      }
      const made = await fetch('/api/uploads', { method: 'POST', headers })
      const path = made.headers.get('location') ?? ''
      for (const at of [0, 7 * mebibyte, 14 * mebibyte]) {
        const body = bytes.slice(at, at + 7 * mebibyte)
        const position = { ...headers, 'upload-offset': String(at) }
        const { status } = await fetch(path, { method: 'PATCH', headers: position, body })
        expect(status).toBe(204)
      }
      expect(await keys()).toHaveLength(1)
      const hash = sha256(bytes)
      const content = await fetch(`/api/files/${hash}/content`)
      expect(sha256(await content.bytes())).toBe(hash)
      expect((await call('DELETE', `/api/files/${hash}`)).status).toBe(204)
    }, 20_000)

    it('are ready only while the store answers', async () => {
      expect((await call('GET', '/readyz')).status).toBe(200)
    })
  })

  describeStores('files on an S3 that clients can reach', (makeDatabase) => {
    const { upload, fetch, call } = useFiles(makeDatabase, {
      ...environment,
      BLOB_URL: urlOf(`&public_endpoint=${endpoint}`),
    })

    it('are fetched from there if they are large', async () => {
      const bytes = randomBytes(9 * mebibyte)
      const { body } = await upload('Größe.bin', bytes)
      const path = `/api/files/${body.file_hash}`
      const answer = await fetch(`${path}/content`, { redirect: 'manual' })
      expect(answer.status).toBe(302)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      const location = answer.headers.get('location') ?? ''
      expect(location).toStartWith(`${endpoint}/`)
      const direct = await globalThis.fetch(location)
      expect(direct.headers.get('content-disposition')).toBe(
        `attachment; filename="Gro_e.bin"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.bin`,
      )
      expect(sha256(await direct.bytes())).toBe(sha256(bytes))
      expect((await call('DELETE', path)).status).toBe(204)
      const small = await upload('small', 'small')
      const near = await fetch(`/api/files/${small.body.file_hash}/content`, { redirect: 'manual' })
      expect(await near.text()).toBe('small')
      await call('DELETE', `/api/files/${small.body.file_hash}`)
    }, 20_000)
  })
}
