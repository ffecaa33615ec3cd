import { StoreBusyError } from '@campus/store/error.ts'
import { cors } from '@elysia/cors'
import { Elysia } from 'elysia'
import { access, requireAdministrator, type AuthContext } from '../access.ts'
import { takeBreak } from '../answer.ts'
import { serviceTokenHeader, type Authenticator } from './authenticator.ts'
import type { Config } from './config.ts'
import type { OpenApiDocument, Tag } from './document.ts'
import { toProblem } from './error-answer.ts'
import { createHostCheck } from './host-header.ts'
import { isInside, peerOf, type Peers } from './inside.ts'
import { describeError } from '../describe-error.ts'
import type { Log } from './log.ts'
import { createMetrics, type Metrics } from './metric.ts'
import { ProblemError } from '../problem.ts'
import { explainMissedRoute } from './missed-route.ts'
import { requireEachOnce } from './query.ts'
import type { Readiness } from './readiness.ts'
import { createAreas } from './scope-area.ts'
import { createRequestLog } from './request-log.ts'
import { Problem } from '../schemas/problem.ts'
import { createSecurityLog, type SecurityLog } from './security-log.ts'
import type { Tracing } from './tracing.ts'
import { swagger } from './swagger.ts'

export interface HostOptions {
  /** Names the process in its log and in its document. */
  name: string
  config: Config
  log: Log
  readiness: Readiness
  /** The gateway is public; a service answers only its allowed callers. */
  public: boolean
  authenticator: Authenticator
  /** The client's address; empty for an internal call. @throws 400 when it is not known */
  addressOf: (request: Request) => string
  /** Whether an address is one of ALLOWED_CALLERS. */
  isCaller: (address: string) => boolean
  /** Services in which API keys may read only. */
  keysOnlyRead?: readonly string[]
  /** Limits requests from the public; see `createRateLimit`. */
  guard?: RateLimit | undefined
  /** Shown at `/metrics` and counts requests; by default a new one. */
  metrics?: Metrics
  /** Stores a security event. */
  reportSecurity?: SecurityLog
  /** Traces requests; undefined: tracing is off. */
  tracing?: Tracing | undefined
  /** What the tags of its document mean. */
  tags?: Tag[]
  /** The document to show; by default that of the app's own routes. */
  document?: () => Promise<OpenApiDocument>
}

/**
 * What surrounds the routes of every process: request id, access to the port, limits, errors as
 * problem+json, a log line and a metric per request, health, and the documentation. Add services
 * with `.use()`.
 */
export function host(options: HostOptions) {
  const { config, log, readiness, tracing, isCaller } = options
  const { metrics = createMetrics() } = options
  const userOf = (request: Request) => options.authenticator.recall(request)?.id
  const requests = createRequestLog({ log, metrics, tracing, userOf })
  const writeSecurity = createSecurityLog(log)
  const requireHost = createHostCheck()
  const { authenticate } = options.authenticator
  // Read lazily: routes are added after this.
  const areas = once((): AuthContext['areaOf'] => createAreas(app.routes, options.keysOnlyRead))
  const app = new Elysia({ name: 'host', normalize: false })
    .model({ Problem })
    .headers(securityHeaders)
    .decorate({ authenticate, areaOf: (path) => areas()(path) } satisfies AuthContext)
    .onRequest(({ request, set, server }) => {
      set.headers['x-request-id'] = requests.begin(request)
      // So that clients move to another process before this one closes their connection.
      if (readiness.draining()) set.headers['connection'] = 'close'
      requireHost(request)
      if (!options.public) requireCaller(peerOf(request, server), isCaller)
      // Outside callers are never services. The rate limit reads the address itself.
      else if (request.headers.has(serviceTokenHeader) && !isInside(request)) {
        request.headers.delete(serviceTokenHeader)
      }
    })
    .onError(({ error, request, set }) => {
      const problem = hasLeft(error, request)
        ? clientLeft()
        : explainMissedRoute(toProblem(error), app, request)
      const { cause, code } = problem
      const request_id = requests.idOf(request) ?? ''
      if (cause instanceof StoreBusyError) log.warn('request refused', { request_id, code })
      else if (cause !== undefined) {
        log.error('request failed', { request_id, ...describeError(cause) })
      }
      if (problem.status === 403) {
        const origin = { request_id, address: options.addressOf(request), user_agent: null }
        const fields = { actor: userOf(request) ?? 'anonymous', code, origin }
        writeSecurity('forbidden', fields)
        options.reportSecurity?.('forbidden', fields)
      }
      set.status = problem.status
      Object.assign(set.headers, problem.headers)
      return new Response(JSON.stringify(problem.toBody()), {
        status: problem.status,
        headers: { 'content-type': 'application/problem+json' },
      })
    })
    .mapResponse(({ responseValue, request, set }) => {
      if (responseValue instanceof Response) {
        void takeBreak(responseValue)?.then((error) => logBreak(request, error))
        return addHeaders(responseValue, set)
      }
      // Elysia would give it an empty body, which only Bun accepts.
      return set.status === 204 ? withoutBody(set) : undefined
    })
    .onAfterResponse(({ request, set, route, path, responseValue }) => {
      const answered = responseValue instanceof Response ? responseValue.status : set.status
      requests.end({ request, route, path, status: Number(answered ?? 200) })
    })
  if (tracing) {
    app.wrap(
      (handle) => (request: Request) =>
        tracing.follow(
          request,
          () => isOurs(request),
          () => handle(request),
        ),
    )
  }
  const document =
    options.document ??
    once(async () => {
      // Loaded on first use, as most processes never show the document.
      const { toDocument, toPublicDocument } = await import('./document.ts')
      const { name, public: limited, tags = [] } = options
      const title = limited ? 'Campus' : `Campus ${name}`
      const document = toDocument(app, { title, tags, limited })
      return limited ? toPublicDocument(document) : document
    })
  // Before anything that may refuse: pages of these origins must be able to read refusals.
  if (options.public && config.CORS_ORIGINS.length > 0) app.use(cors(toCors(config.CORS_ORIGINS)))
  if (options.guard) app.onRequest(options.guard)
  app.onRequest(({ request }) => requireEachOnce(request.url))
  // Not at the gateway, which is public.
  function isOurs(request: Request): boolean {
    if (isInside(request)) return true
    const address = options.public ? undefined : app.server?.requestIP(request)?.address
    return address !== undefined && isCaller(address)
  }

  // Its status is sent: only the log says why.
  function logBreak(request: Request, error: unknown): void {
    const { cause, code } = toProblem(error)
    const request_id = requests.idOf(request) ?? ''
    if (cause === undefined || cause instanceof StoreBusyError) {
      log.warn('response broken off', { request_id, code })
    } else log.error('response broken off', { request_id, ...describeError(cause) })
  }

  async function requireMetricsReader({ request, server }: Incoming) {
    if (!options.public || isNear(request, server)) return
    requireAdministrator(await authenticate(request))
  }

  // A request from an untrusted proxy may come from anywhere.
  function isNear(request: Request, server: Incoming['server']): boolean {
    const peer = peerOf(request, server)
    if (peer === undefined) return true
    const address = options.addressOf(request)
    const isUnknownProxy = address === peer && request.headers.has('x-forwarded-for')
    return isCaller(address) && !isUnknownProxy
  }

  app.use(system(readiness, metrics, requireMetricsReader)).use(swagger(document))
  return options.public ? app : app.use(serviceInfo(options.name))
}

/** Runs before everything else; may throw a problem. */
export type RateLimit = (context: {
  request: Request
  set: { headers: Record<string, string | number> }
}) => void | Promise<void>

// OWASP's list for an API. No HSTS: the proxy that terminates TLS sets it.
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

// Tokens travel in a header, never in a cookie: no credentials, and so no header to hide.
function toCors(origin: string[]) {
  return { origin, exposeHeaders: '*', credentials: false, maxAge: 600 }
}

// Elysia would add what is left in `set` to a copy with a stream as its body: bytes that Bun sends
// directly, and files that the kernel sends, would all pass through JavaScript.
function addHeaders({ headers }: Response, set: AnswerHead): void {
  for (const name in set.headers) {
    if (!headers.has(name)) headers.set(name, String(set.headers[name]))
  }
  set.headers = {}
  set.status = 200
  delete set.cookie
}

function withoutBody(set: AnswerHead): Response {
  const headers = set.headers as Record<string, string>
  set.headers = {}
  return new Response(null, { status: 204, headers })
}

interface AnswerHead {
  headers: Record<string, string | number>
  status?: number | string
  /** Made for every handler that takes the whole context. We set none. */
  cookie?: unknown
}

interface Incoming {
  request: Request
  server: Peers | null
}

function system(
  readiness: Readiness,
  metrics: Metrics,
  requireMetricsReader: (incoming: Incoming) => Promise<void>,
) {
  const hidden = { access: 'public', detail: { hide: true } } as const
  return new Elysia({ name: 'system' })
    .use(access)
    .get('/livez', () => ({ status: 'ok' }), hidden)
    .get('/readyz', async ({ set }) => toAnswer(await readiness.report(), set), hidden)
    .get(
      '/metrics',
      async ({ request, server, set }) => {
        await requireMetricsReader({ request, server })
        set.headers['content-type'] = metrics.contentType
        return metrics.text()
      },
      hidden,
    )
}

function serviceInfo(service: string) {
  const hidden = { access: 'public', detail: { hide: true } } as const
  return new Elysia().use(access).get('/', () => ({ service, docs: '/swagger' }), hidden)
}

function toAnswer(
  { ready, checks }: Awaited<ReturnType<Readiness['report']>>,
  set: { status?: number | string },
) {
  set.status = ready ? 200 : 503
  return { status: ready ? 'ready' : 'not ready', checks }
}

// Only for errors from reading the body: our own faults count even if the client has gone.
function hasLeft(error: unknown, request: Request): boolean {
  return request.signal.aborted && error instanceof Error && error.name === 'AbortError'
}

// For log and metrics, so that it does not count as our fault; the client is gone.
function clientLeft(): ProblemError {
  const detail = 'The client disconnected before its request was complete.'
  return new ProblemError({ status: 499, code: 'client_left', detail })
}

function requireCaller(address: string | undefined, isCaller: (address: string) => boolean) {
  if (address === undefined || isCaller(address)) return
  throw new ProblemError({
    status: 403,
    code: 'caller_not_allowed',
    detail: 'Only the gateway and other services may call this service. Call the gateway.',
  })
}

function once<T>(make: () => T): () => T {
  let value: T | undefined
  return () => (value ??= make())
}
