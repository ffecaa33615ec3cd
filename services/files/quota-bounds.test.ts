import { expect, it } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { randomBytes, until, useFiles } from './fixture.ts'

const quota = 1_000_000

describeStores('the bounds of a quota', (makeDatabase) => {
  const { call, upload, fetch, folder, url, system } = useFiles(makeDatabase, {
    MAX_FILE_BYTES: String(quota),
    USER_QUOTA_BYTES: String(quota),
  })
  const tus = { 'tus-resumable': '1.0.0' }
  const begin = async (as: string, size: number) => {
    const headers = { ...tus, 'upload-length': `${size}` }
    return (await fetch('/api/uploads', { method: 'POST', headers, as })).status
  }

  /** The number of bytes that have arrived and were not removed. */
  async function kept(): Promise<number> {
    const paths = await readdir(folder(), { recursive: true })
    return paths.reduce((sum, path) => sum + Bun.file(join(folder(), path)).size, 0)
  }

  /** Bytes of unannounced number. */
  function inPieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
    let at = 0
    return new ReadableStream({
      pull: (controller) => {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.slice(at, at + 50_000))
        at += 50_000
      },
    })
  }

  async function fill(as: string, body: Bun.BodyInit): Promise<number> {
    const { status, body: file } = await upload('whole', body, { as })
    if (status === 201) await call('DELETE', `/api/files/${file.file_hash}`, { as })
    return status
  }

  it('holds to the byte', async () => {
    const as = 'anna'
    expect((await upload('whole', randomBytes(quota), { as })).status).toBe(201)
    const refused = await upload('more', randomBytes(1), { as })
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'quota_exceeded', quota_bytes: quota, free_bytes: 0 },
    })
  })

  it('is twice the quota per day, to the byte, however it is sent', async () => {
    const as = 'bert'
    expect(await fill(as, randomBytes(quota))).toBe(201)
    expect(await fill(as, randomBytes(quota))).toBe(201)
    const refused = await upload('more', inPieces(randomBytes(1)), { as })
    expect(refused).toMatchObject({ status: 429, body: { code: 'daily_limit_reached' } })
    expect(refused.body.detail).toContain(`${2 * quota} bytes`)
    expect(await begin(as, 1)).toBe(429)
  })

  it('stops a body without a length exactly there', async () => {
    const as = 'clara'
    expect((await upload('most', inPieces(randomBytes(800_000)), { as })).status).toBe(201)
    const refused = await upload('more', inPieces(randomBytes(200_001)), { as })
    expect(refused).toMatchObject({ status: 403, body: { code: 'quota_exceeded' } })
    expect((await upload('rest', inPieces(randomBytes(200_000)), { as })).status).toBe(201)
  })

  it('counts a body without a length while it is being sent', async () => {
    const as = 'frank'
    const before = await kept()
    const socket = connect(Number(new URL(url()).port), '127.0.0.1')
    const authorization = `authorization: Bearer ${await system().tokenOf(as)}`
    socket.write(
      `POST /api/files?file_name=slow HTTP/1.1\r\nhost: a\r\n${authorization}\r\n` +
        `transfer-encoding: chunked\r\n\r\n${(700_000).toString(16)}\r\n`,
    )
    socket.write(randomBytes(700_000))
    await until(async () => (await kept()) >= before + 700_000)
    const bytes = randomBytes(400_000)
    expect((await upload('beside', bytes, { as })).status).toBe(403)
    socket.destroy()
    await until(async () => (await upload('beside', bytes, { as })).status === 201)
  })

  it('lets an upload begin that fits, or may be of an existing file', async () => {
    const as = 'dora'
    expect((await upload('there', randomBytes(600_000), { as })).status).toBe(201)
    expect(await begin(as, 400_001)).toBe(403)
    expect(await begin(as, 600_000)).toBe(201)
    // Beside an unfinished one it waits.
    expect(await begin(as, 600_000)).toBe(409)
    const other = 'eve'
    expect((await upload('there', randomBytes(600_000), { as: other })).status).toBe(201)
    expect(await begin(other, 400_000)).toBe(201)
    expect(await begin(other, 1)).toBe(409)
  })
})
