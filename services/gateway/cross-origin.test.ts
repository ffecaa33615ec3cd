import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as tus from 'tus-js-client'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import type { Tokens } from '../../shared/schemas/user.ts'
import { samplePassword, type Visitor } from '../../scripts/browser/stage.ts'

setDefaultTimeout(60_000)

// A page of somebody else, on an origin of its own.
const elsewhere = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/events.js': async () =>
      new Response(await readExample(), { headers: { 'content-type': 'text/javascript' } }),
    '/tus.js': new Response(Bun.file(require.resolve('tus-js-client/dist/tus.min.js'))),
    '/': new Response('<!doctype html><title>elsewhere</title><script src="/tus.js"></script>', {
      headers: { 'content-type': 'text/html' },
    }),
  },
})
afterAll(() => elsewhere.stop(true))

/** What docs/events.md says a page does. */
async function readExample(): Promise<string> {
  const text = await readFile(join(import.meta.dir, '../../docs/events.md'), 'utf8')
  return /```js\n(.*?)```/s.exec(text)?.[1] ?? ''
}

interface Example {
  followBookings: (
    campus: string,
    getToken: () => Promise<string>,
    listen: (type: string, data?: { allocation_id: string }) => void,
  ) => () => void
}

/** What the page keeps of it. */
interface Page {
  token: string
  told: [type: string, data: { allocation_id: string } | undefined][]
}

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

    it('reads the headers it needs: tags, links, locations, replays and limits', async () => {
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

    it('follows bookings by EventSource, beyond the end of its first login', async () => {
      const logIn = async () => {
        const body = { username: 'anna', password: samplePassword }
        return (await ask('POST', '/api/login', { body })).body as Tokens
      }
      const cars = (await ask('GET', '/api/cars')).body as { id: string }[]
      const book = async (day: number) => {
        const body = {
          from_datetime: `2031-03-0${day}T09:00:00Z`,
          to_datetime: `2031-03-0${day}T10:00:00Z`,
        }
        const made = await ask('POST', `/api/cars/${cars[0]?.id}/allocations`, { body })
        expect(made.status).toBe(201)
        return (made.body as { id: string }).id
      }
      const first = await logIn()
      await visitor.page.evaluate(
        async ([campus, source, own]) => {
          const { followBookings } = (await import(source)) as Example
          const page = globalThis as unknown as Page
          Object.assign(page, { told: [], token: own })
          const getToken = async () => page.token
          followBookings(campus, getToken, (type, data) => page.told.push([type, data]))
        },
        [stage.url, `${elsewhere.url.href}events.js`, first.access_token] as const,
      )
      const told = () => visitor.page.evaluate(() => (globalThis as unknown as Page).told)
      const isTold = (count: number) =>
        visitor.page.waitForFunction(
          (least) => (globalThis as unknown as Page).told.length >= least,
          count,
        )
      await isTold(1)
      const ids = [await book(1)]
      await isTold(2)
      await ask('POST', '/api/logout', { body: { refresh_token: first.refresh_token } })
      const { access_token } = await logIn()
      await visitor.page.evaluate((next) => {
        Object.assign(globalThis, { token: next })
      }, access_token)
      const ended = visitor.page.waitForRequest(/tickets$/)
      ids.push(await book(2), await book(3))
      await ended
      await isTold(4)
      ids.push(await book(4))
      await isTold(5)
      const [reset, ...created] = await told()
      expect(reset?.[0]).toBe('reset')
      expect(created.map(([type]) => type)).toEqual(Array(4).fill('allocation.created'))
      expect(created.map(([, data]) => data?.allocation_id)).toEqual(ids)
    })

    it('uploads by tus, is interrupted, and resumes', async () => {
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
