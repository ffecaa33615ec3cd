import { afterAll, describe, expect, it } from 'bun:test'
import { Elysia, t, ValidationError } from 'elysia'
import { access, requireAccess } from '../access.ts'
import { streamFile } from '../answer.ts'
import { createAddressList } from './address.ts'
import { createAuthenticator } from './authenticator.ts'
import { readConfig } from './config.ts'
import { host } from './host.ts'
import { handleInside } from './inside.ts'
import { parseJsonBodies } from './json-body.ts'
import { createLog } from './log.ts'
import { createReadiness } from './readiness.ts'
import { createSecret } from './secret.ts'
import { createServiceTokens } from './service-token.ts'
import { Problem } from '../schemas/problem.ts'

let logged = ''
const log = createLog({ level: 'debug', format: 'json', write: (text) => (logged += text) })
const readiness = createReadiness(log)
const secret = 'the reason that only the log may know'

let made: Response | undefined
// As `sendPage` and the like, it takes the whole context.
const answer = (context: object) => new Response(Object.keys(context).join())

const csv = { type: 'text/csv', name: 'things.csv' }
async function* breakOff() {
  yield 'a line\r\n'
  throw new Error('a break in the middle')
}

const service = new Elysia({ normalize: false })
  .use(access)
  .post('/things/:id', ({ body }) => body, {
    access: 'public',
    params: t.Object({ id: t.String({ maxLength: 5 }) }),
    query: t.Object({ limit: t.Optional(t.String({ pattern: '^\\d$', description: 'a digit' })) }),
    body: t.Object(
      { name: t.String({ maxLength: 3 }), size: t.Number() },
      { additionalProperties: false },
    ),
    response: { 409: Problem },
  })
  .post('/free', () => 'taken', {
    access: 'public',
    body: t.Object({ free: t.Unknown() }, { additionalProperties: false }),
  })
  .get(
    '/fault',
    () => {
      throw new Error(secret)
    },
    { access: 'public' },
  )
  .get('/broken', () => streamFile(breakOff(), csv), { access: 'public' })
  .get('/made', (context) => (made = answer(context)), { access: 'public' })
  .get('/wrong', () => ({ unexpected: true }) as never, {
    access: 'public',
    response: t.Object({ expected: t.Boolean() }, { additionalProperties: false }),
  })
const config = readConfig({ ALLOWED_CALLERS: '10.0.0.0/8' }, [])
const authenticator = createAuthenticator({
  services: createServiceTokens({
    secret: createSecret('a secret that is long enough for tests'),
    keys: undefined,
    callers: [],
    callees: [],
    clock: Date.now,
  }),
  clock: Date.now,
  fetchKeys: () => Promise.reject(new Error('Nobody has keys here')),
  fetchEnded: async () => ({ logins: [], settled: null, next: null }),
  fetchApiKey: async () => undefined,
})
const app = host({
  name: 'test',
  config,
  log,
  readiness,
  public: false,
  authenticator,
  addressOf: () => '',
  isCaller: createAddressList(config.ALLOWED_CALLERS),
})
app.use(parseJsonBodies([service]))
app.listen({ port: 0, hostname: '127.0.0.1' })
afterAll(() => app.stop(true))

async function send(path: string, init?: RequestInit) {
  const response = await handleInside(app, new Request(`http://localhost${path}`, init))
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parse(text) }
}

const parse = (text: string) => (text.startsWith('{') ? JSON.parse(text) : {}) as Problem
const json = { 'content-type': 'application/json' }

describe('the host', () => {
  it('responds to a fault without its reason, which is logged with the request id', async () => {
    const headers = { 'x-request-id': 'find-me' }
    const { status, text, body, headers: answered } = await send('/fault', { headers })
    expect(status).toBe(500)
    expect(body.code).toBe('internal')
    expect(text).not.toContain(secret)
    expect(answered.get('x-request-id')).toBe('find-me')
    log.flush()
    const line = logged.split('\n').find((each) => each.includes(secret))
    expect(line).toContain('find-me')
  })

  it('breaks off a file that fails in the middle, and logs it once with its id', async () => {
    const headers = { 'x-request-id': 'broken-file' }
    await using server = Bun.serve({ port: 0, fetch: (it) => handleInside(app, it) })
    const sent = fetch(new URL('/broken', server.url), { headers }).then((it) => it.text())
    expect(await sent.catch((error: unknown) => error)).toBeInstanceOf(Error)
    log.flush()
    const lines = logged.split('\n').filter((each) => each.includes('a break in the middle'))
    const told = { level: 'error', request_id: 'broken-file' }
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([told])
  })

  it('treats a response that violates its schema as a fault', async () => {
    const { status, text } = await send('/wrong')
    expect(status).toBe(500)
    expect(text).not.toContain('unexpected')
  })

  it('sends a response itself, with the headers of all, and no copy', async () => {
    const sent = await handleInside(app, new Request('http://localhost/made'))
    expect(sent).toBe(made as Response)
    expect(sent.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('replaces a request id that could break a log line', async () => {
    const { headers } = await send('/livez', { headers: { 'x-request-id': 'a"b c' } })
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('names every bad field at once, at any depth', async () => {
    const body = JSON.stringify({ name: 'long', extra: 1 })
    const { status, body: problem } = await send('/things/1', {
      method: 'POST',
      headers: json,
      body,
    })
    expect(status).toBe(422)
    expect(problem.errors?.map(({ pointer }) => pointer).toSorted()).toEqual([
      '#/extra',
      '#/name',
      '#/size',
    ])
    const ok = JSON.stringify({ name: 'ok', size: 1 })
    const query = await send('/things/1?limit=10', { method: 'POST', headers: json, body: ok })
    expect(query.body.errors).toEqual([{ pointer: '?limit', detail: 'Expected: a digit' }])
    const path = await send('/things/too-long', { method: 'POST', headers: json, body: ok })
    expect(path.body.errors?.[0]?.pointer).toBe('{id}')
  })

  it('distinguishes malformed, unsupported, too large and unknown', async () => {
    const post = (body: string, headers: Record<string, string> = json) =>
      send('/things/1', { method: 'POST', headers, body })
    expect((await post('{"name":')).status).toBe(400)
    expect((await post('name=x', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post(`{"name":"${'x'.repeat(70_000)}"}`)).status).toBe(413)
    expect((await send('/nothing')).body.code).toBe('path_not_found')
    const wrong = await send('/things/1', { method: 'DELETE' })
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toBe('POST')
    expect((await send('/livez', { method: 'PUT' })).headers.get('allow')).toBe('GET, HEAD')
  })

  it("limits each route's body by its schema, and states the limit", async () => {
    const post = (path: string, body: string) => send(path, { method: 'POST', headers: json, body })
    const large = await post('/things/1', `{"name":"${'x'.repeat(1200)}"}`)
    expect([large.status, large.body.detail]).toEqual([
      413,
      'The body may have at most 1087 bytes.',
    ])
    expect((await post('/things/1', `{"name":"${'x'.repeat(900)}"}`)).status).toBe(422)
    expect((await post('/free', `{"free":"${'x'.repeat(60_000)}"}`)).status).toBe(200)
    expect((await post('/free', `{"free":"${'x'.repeat(70_000)}"}`)).status).toBe(413)
  })

  it('reads nothing of a body announced as larger', async () => {
    const body = new ReadableStream({
      pull: () => {
        throw new Error('it was read')
      },
    })
    const headers = { ...json, 'content-length': '2000' }
    const { status } = await send('/things/1', { method: 'POST', headers, body })
    expect(status).toBe(413)
  })

  it('refuses excessive nesting', async () => {
    const body = `{"free":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
    const answer = await send('/free', { method: 'POST', headers: json, body })
    expect([answer.status, answer.body.code]).toEqual([400, 'json_too_deep'])
  })

  // Elysia prints what does not fit, indented, for a message that nobody is shown.
  it('does not log refused input', () => {
    const value = JSON.parse('['.repeat(10_000) + ']'.repeat(10_000)) as unknown
    const error = new ValidationError('body', t.Object({ name: t.String() }), value)
    expect(error.message).toBe('The body does not fit its schema')
  })

  it('counts a body that announces no size as it comes', async () => {
    const chunk = new TextEncoder().encode(' '.repeat(1000))
    const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(chunk)
    const { port } = app.server ?? {}
    const response = await handleInside(
      app,
      new Request(`http://localhost:${port}/things/1`, {
        method: 'POST',
        headers: json,
        body: new ReadableStream({ pull }),
      }),
    )
    expect(response.status).toBe(413)
  })

  it('refuses unknown callers at the port', async () => {
    const response = await fetch(`http://127.0.0.1:${app.server?.port}/livez`)
    expect(response.status).toBe(403)
    expect(((await response.json()) as Problem).code).toBe('caller_not_allowed')
  })

  it('labels metrics by route, never by path', async () => {
    await send('/things/x1x2', { method: 'DELETE' })
    await send('/livez')
    await Bun.sleep(10)
    const { text } = await send('/metrics')
    expect(text).toContain('route="/livez"')
    expect(text).not.toContain('x1x2')
  })

  it('tells of the process, but not what Bun walks the whole heap for', async () => {
    const { text } = await send('/metrics')
    for (const name of ['cpu_seconds_total', 'resident_memory_bytes', 'start_time_seconds']) {
      expect(text).toMatch(new RegExp(`^process_${name} \\d`, 'm'))
    }
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m)
    expect(text).toMatch(/^nodejs_heap_size_used_bytes \d/m)
    expect(text).not.toContain('heap_space')
  })

  it('keeps the signature of a link out of the log', async () => {
    const signature = 'x1_-'.repeat(11).slice(0, 43)
    await send(`/things/links/payload.${signature}`)
    await Bun.sleep(10)
    log.flush()
    expect(logged).toContain('"path":"/things/links/payload.…"')
    expect(logged).not.toContain(signature)
  })

  it('identifies itself', async () => {
    expect((await send('/')).body as object).toEqual({ service: 'test', docs: '/swagger' })
  })

  it('is not ready while a check fails, and says which, but stays live', async () => {
    let broken = true
    readiness.check('disk', async () => {
      if (broken) throw new Error(secret)
    })
    const failed = await send('/readyz')
    expect(failed).toMatchObject({ status: 503, body: { checks: { disk: 'failed' } } })
    expect(failed.text).not.toContain(secret)
    expect((await send('/livez')).status).toBe(200)
    broken = false
    expect((await send('/readyz')).status).toBe(200)
  })

  it('does not start with a route that declares no access', () => {
    const open = new Elysia().get('/open', () => 'all welcome')
    expect(() => requireAccess(open.routes)).toThrow('GET /open')
    expect(() => requireAccess(app.routes)).not.toThrow()
  })

  it('shows its documentation from its own files only', async () => {
    const { text, headers } = await send('/swagger')
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'")
    expect(policy).not.toContain('unsafe')
    const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(files.length).toBeGreaterThan(2)
    for (const file of files.filter((each) => !each.startsWith('data:'))) {
      expect(file).toStartWith('/swagger/')
      expect((await send(file)).status).toBe(200)
    }
    expect(text).not.toMatch(/<script>|https?:/)
  })

  it('is not ready while draining', async () => {
    readiness.drain()
    const { status, body } = await send('/readyz')
    expect(status).toBe(503)
    expect(body).toMatchObject({ checks: { process: 'draining' } })
  })
})
