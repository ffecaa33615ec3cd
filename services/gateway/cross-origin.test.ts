import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import type * as tus from 'tus-js-client'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { samplePassword, type Visitor } from '../../scripts/browser/stage.ts'

setDefaultTimeout(60_000)

// A page of somebody else, on an origin of its own.
const elsewhere = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/tus.js': new Response(Bun.file(require.resolve('tus-js-client/dist/tus.min.js'))),
    '/': new Response('<!doctype html><title>elsewhere</title><script src="/tus.js"></script>', {
      headers: { 'content-type': 'text/html' },
    }),
  },
})
afterAll(() => elsewhere.stop(true))

interface Asked {
  body?: object
  headers?: Record<string, string>
}

const settings = { CORS_ORIGINS: elsewhere.url.origin }

describeInBrowser(
  'a page of another origin',
  (stage) => {
    let visitor: Visitor
    let token: string
    beforeAll(async () => {
      visitor = await stage.visit()
      await visitor.page.goto(elsewhere.url.href)
      const login = { username: 'anna', password: samplePassword }
      token = ((await ask('POST', '/api/login', { body: login })).body as { access_token: string })
        .access_token
    })

    /** Asks as a script of the page does, and reads the headers it may. */
    function ask(method: string, path: string, { body, headers = {} }: Asked = {}) {
      const given = {
        ...headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      }
      return visitor.page.evaluate(
        async ([url, init]) => {
          const answer = await fetch(url, init)
          const text = await answer.text()
          const body: unknown = text ? JSON.parse(text) : null
          return { status: answer.status, headers: Object.fromEntries(answer.headers), body }
        },
        [
          `${stage.url}${path}`,
          { method, headers: given, ...(body && { body: JSON.stringify(body) }) },
        ] as const,
      )
    }

    it('reads what it needs to go on: tags, links, places, replays and limits', async () => {
      const key = { 'idempotency-key': crypto.randomUUID() }
      const book = { title: 'Across', author: 'Ada' }
      const made = await ask('POST', '/api/books', { body: book, headers: key })
      expect(made.status).toBe(201)
      const place = made.headers['location'] ?? ''
      expect(place).toMatch(/^\/api\/books\/\d+$/)
      expect((await ask('POST', '/api/books', { body: book, headers: key })).headers).toMatchObject(
        {
          'idempotent-replayed': 'true',
        },
      )
      const { etag = '' } = (await ask('GET', place)).headers
      expect(
        (await ask('PATCH', place, { body: { title: 'Over' }, headers: { 'if-match': etag } }))
          .status,
      ).toBe(200)
      const late = await ask('PATCH', place, {
        body: { title: 'Late' },
        headers: { 'if-match': etag },
      })
      expect(late).toMatchObject({ status: 412, body: { code: 'precondition_failed' } })
      const page = await ask('GET', '/api/books?limit=1')
      expect(page.headers).toMatchObject({
        link: expect.stringContaining('rel="next"'),
        ratelimit: expect.any(String),
        'ratelimit-policy': expect.any(String),
        'x-request-id': expect.any(String),
      })
      expect((await ask('DELETE', place)).status).toBe(204)
    })

    it('uploads by tus, breaks off, and goes on', async () => {
      const uploaded = await visitor.page.evaluate(
        async ([endpoint, authorization]) => {
          const { Upload } = (globalThis as unknown as { tus: typeof tus }).tus
          const file = new File([new Uint8Array(3_000_000).fill(7)], 'seven.bin')
          let aborted = false
          const upload = () =>
            new Promise<string>((done, fail) => {
              const one = new Upload(file, {
                endpoint,
                chunkSize: 1_000_000,
                headers: { authorization },
                metadata: { filename: file.name },
                onError: fail,
                onSuccess: () => done(one.url ?? ''),
                onChunkComplete: () => {
                  if (aborted) return
                  aborted = true
                  void one.abort().then(() => one.start())
                },
              })
              one.start()
            })
          return upload()
        },
        [`${stage.url}/api/uploads`, `Bearer ${token}`] as const,
      )
      expect(uploaded).toStartWith(`${stage.url}/api/uploads/`)
      const files = (await ask('GET', '/api/files')).body as { file_name: string; size: number }[]
      expect(files).toContainEqual(expect.objectContaining({ file_name: 'seven.bin' }))
    })
  },
  settings,
)
