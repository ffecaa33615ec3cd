import { expect, it } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { toAnswer } from '../testing/use-system.ts'
import { randomBytes, useFiles } from './fixture.ts'

const size = 100_000

describeStores('bytes that are refused', (makeDatabase) => {
  const { upload, fetch, blobs } = useFiles(makeDatabase, {
    MAX_FILE_BYTES: String(size),
    USER_QUOTA_BYTES: String(size),
  })

  async function* inChunks(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += 30_000) yield bytes.subarray(at, at + 30_000)
  }

  function inForm(bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
    const body = new FormData()
    body.append('upfile', new File([bytes], 'form'))
    return fetch('/api/files', { method: 'POST', body, headers, as: 'anna' }).then(toAnswer)
  }

  it('for their Idempotency-Key are gone at once, however they were sent', async () => {
    const as = 'anna'
    for (const key of ['has space', 'x'.repeat(256)]) {
      const headers = { 'idempotency-key': key }
      const answers = [
        await upload('small', randomBytes(1000), { headers, as }),
        await upload('large', randomBytes(size), { headers, as }),
        await upload('chunks', inChunks(randomBytes(size)) as never, { headers, as }),
        await inForm(randomBytes(size), headers),
      ]
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency_key_invalid' } })
      }
    }
    expect(await blobs()).toEqual([])
  })

  it('as another request had their Idempotency-Key are gone, too', async () => {
    const as = 'bert'
    const headers = { 'idempotency-key': 'once' }
    expect((await upload('first', randomBytes(1000), { headers, as })).status).toBe(201)
    const kept = await blobs()
    for (const bytes of [randomBytes(1000), randomBytes(90_000)]) {
      const answer = await upload('second', bytes, { headers, as })
      expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
    }
    expect(await blobs()).toEqual(kept)
  })

  it('with the last part of an upload leave no part', async () => {
    const as = 'clara'
    expect((await upload('whole', randomBytes(size), { as })).status).toBe(201)
    const kept = await blobs()
    // Only an upload of the same bytes fits into a full quota; these are others.
    const tus = { 'tus-resumable': '1.0.0' }
    const begun = await fetch('/api/uploads', {
      method: 'POST',
      headers: { ...tus, 'upload-length': `${size}` },
      as,
    })
    expect(begun.status).toBe(201)
    const send = (offset: number, body: Uint8Array<ArrayBuffer>) => {
      const type = { 'content-type': 'application/offset+octet-stream' }
      const headers = { ...tus, ...type, 'upload-offset': `${offset}` }
      return fetch(begun.headers.get('location') ?? '', { method: 'PATCH', headers, body, as })
    }
    expect((await send(0, randomBytes(1))).status).toBe(204)
    const refused = await toAnswer(await send(1, randomBytes(size - 1)))
    expect(refused).toMatchObject({ status: 403, body: { code: 'quota_exceeded' } })
    expect(await blobs()).toEqual(kept)
  })
})
