import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { Elysia } from 'elysia'
import { requireConsole } from '../../scripts/web.ts'
import { handleInside } from '../../shared/host/inside.ts'
import type { Problem } from '../../shared/schemas/problem.ts'
import { makeSqlite } from '../../shared/testing/describe-stores.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'
import { webConsole } from './console.ts'

let system: TestSystem
const get = (path: string, headers: Record<string, string> = {}) =>
  handleInside(system.app, new Request(`http://localhost${path}`, { headers }))

beforeAll(async () => {
  await requireConsole()
  system = await startForTest(makeSqlite, { parts: ['gateway'] })
})
afterAll(() => system.close())

async function readScript(): Promise<string> {
  const page = await (await get('/')).text()
  return /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? ''
}

describe('the console', () => {
  it('is one document at all its paths, revalidated each time', async () => {
    const page = await (await get('/')).text()
    for (const path of ['/bookings', '/bookings/find?type=Car', '/courses/math/3', '/sign-in']) {
      const answer = await get(path)
      expect(answer.headers.get('content-type')).toStartWith('text/html')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(await answer.text()).toBe(page)
    }
  })

  it("comes with the texts of the browser's language", async () => {
    const [english, german] = await Promise.all(
      ['en-GB,de;q=0.5', 'fr, de-AT;q=0.8, en;q=0.5'].map((language) =>
        get('/bookings', { 'accept-language': language }),
      ),
    )
    expect(english?.headers.get('vary')).toBe('accept-encoding, accept-language, cookie')
    expect(await english?.text()).toBe(await (await get('/')).text())
    const page = (await german?.text()) ?? ''
    const script = await get(/src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '')
    expect(await script.text()).toContain('Abmelden')
    expect(await (await get(await readScript())).text()).not.toContain('Abmelden')
  })

  it('comes with the texts of a chosen language, whatever the browser says', async () => {
    const read = async (language: string, cookie: string) =>
      await (await get('/bookings', { 'accept-language': language, cookie })).text()
    const [english, german] = [await read('en', ''), await read('de', '')]
    expect(german).not.toBe(english)
    expect(await read('en', 'a=b; campus.language=de')).toBe(german)
    expect(await read('de', 'campus.language=en; a=b')).toBe(english)
    for (const other of ['campus.language=fr', 'campus.language=dea', 'xcampus.language=de', '=']) {
      expect(await read('en', other)).toBe(english)
    }
  })

  it('has a separate document for phones', async () => {
    const page = await (await get('/book')).text()
    expect(page).not.toBe(await (await get('/')).text())
    const below = await get('/book/new?step=what')
    expect(below.headers.get('cache-control')).toBe('no-cache')
    expect(await below.text()).toBe(page)
  })

  it('runs only its own scripts, and cannot be framed', async () => {
    const answer = await get('/bookings')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(await answer.text()).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/)
  })

  it('leaves all other paths to the API', async () => {
    for (const path of ['/nothing', '/api/nothing', '/bookingsandmore', '/assets/none.js']) {
      const answer = await get(path, { accept: 'text/html' })
      expect([path, answer.status]).toEqual([path, 404])
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
    }
    const outside = await get('/assets/..%2fmanifest.json')
    expect([outside.status, await outside.text()]).not.toContain('"pages"')
    const post = await handleInside(
      system.app,
      new Request('http://localhost/nothing', { method: 'POST' }),
    )
    expect(((await post.json()) as Problem).code).toBe('path_not_found')
  })

  it('sends assets compressed, to be cached forever', async () => {
    const path = await readScript()
    const plain = await get(path)
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(plain.headers.get('cache-control')).toContain('immutable')
    expect(plain.headers.get('vary')).toContain('accept-encoding')
    const bytes = Buffer.from(await plain.arrayBuffer())
    for (const [accepted, coding, decode] of [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
      ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ] as const) {
      const answer = await get(path, { 'accept-encoding': accepted })
      expect(answer.headers.get('content-encoding')).toBe(coding)
      const body = Buffer.from(await answer.arrayBuffer())
      expect(body.length).toBeLessThan(bytes.length / 2)
      expect(decode(body).equals(bytes)).toBe(true)
    }
  })

  it('is not sent again if unchanged', async () => {
    const etag = (await get('/bookings')).headers.get('etag') ?? ''
    const again = await get('/bookings', { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await get('/bookings', { 'if-none-match': '"older"' })).status).toBe(200)
  })

  it('that is not built leads to the documentation', async () => {
    const app = new Elysia().use(webConsole('/nowhere'))
    const answer = await app.handle(new Request('http://localhost/'))
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/swagger'])
  })
})
