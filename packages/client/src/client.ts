import { readEvents, type CampusEvent, type StreamPath } from './events.ts'
import { keyedPaths } from './keyed.ts'
import {
  toAddress,
  type Answer,
  type AnyGiven,
  type Data,
  type Given,
  type Item,
  type ListPath,
  type Method,
  type PathOf,
} from './operation.ts'
import { ProblemError, requireOk } from './problem.ts'
import { retry, sleep } from './retry.ts'
import { createSession, type SessionOptions } from './session.ts'
import { uploadFile, type UploadOptions } from './upload.ts'

export interface ClientOptions extends SessionOptions {
  /** Where Campus is: `https://campus.example.org`. */
  url: string
  /** Tries of what is safe to repeat; 4 by default. */
  attempts?: number
  fetch?: typeof fetch
}

/** A request that no other operation fits: a download, a calendar, a form. */
export interface RawRequest extends Omit<RequestInit, 'headers'> {
  headers?: Record<string, string>
  /** Whether to send it again when no response came; by default GET and HEAD. */
  isSafe?: boolean
  /** Whether a body that breaks off is no response. */
  isWhole?: boolean
}

export interface EventOptions<P extends StreamPath> {
  query?: P extends '/api/notifications/events' ? never : { type?: string; resource_id?: string }
  /** Go on after this one. */
  lastEventId?: string
  signal?: AbortSignal
}

/**
 * A client of Campus. Tokens are renewed before they end, a POST that adds something carries an
 * `Idempotency-Key` and is repeated safely, and refusals are thrown as `ProblemError`.
 */
export function createClient(options: ClientOptions) {
  const { origin, pathname } = new URL(options.url)
  if (pathname !== '/') throw new TypeError('url: Campus is at the root of an origin')
  const { attempts = 4, fetch: send = fetch } = options
  const session = createSession(options, (path, body, headers) =>
    retry(() => send(`${origin}${path}`, toJson('POST', body, headers)), {
      attempts,
      // A code of an authenticator app works once; a refresh token yields the same successor again.
      isSafe: path !== '/api/login',
    }),
  )

  async function sendAs(address: string, request: RawRequest = {}): Promise<Response> {
    const token = await session.token()
    const login = session.count()
    const response = await sendWith(token, address, request)
    if (response.status !== 401 || token === undefined) return response
    const renewed = await session.token(token)
    // Nor is it sent again as somebody else, who logged in meanwhile.
    if (renewed === undefined || renewed === token || session.count() !== login) return response
    await response.body?.cancel()
    return sendWith(renewed, address, request)
  }

  function sendWith(token: string | undefined, address: string, request: RawRequest) {
    const isRead = /^(GET|HEAD)$/.test(request.method ?? 'GET')
    const { isSafe = isRead, isWhole = false, ...init } = request
    const headers = { ...init.headers, ...(token && { authorization: `Bearer ${token}` }) }
    const url = new URL(address, origin)
    if (url.origin !== origin) throw new TypeError(`${url.origin} is not ${origin}`)
    const ask = async () => {
      const response = await send(url, { ...init, headers })
      return isWhole ? readWhole(response) : response
    }
    return retry(ask, { attempts, isSafe, signal: init.signal ?? undefined })
  }

  async function call(method: Method, path: string, given: AnyGiven = {}) {
    const { body, signal, ifMatch } = given
    const key = given.idempotencyKey ?? crypto.randomUUID()
    const isKeyed = method === 'post' && keyedPaths.has(path)
    const response = await sendAs(toAddress(path, given), {
      ...toJson(method.toUpperCase(), body, {
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(isKeyed && { 'idempotency-key': key }),
        ...given.headers,
      }),
      ...(signal && { signal }),
      isSafe: method === 'get' || isKeyed,
      isWhole: true,
    })
    return toAnswer(await requireOk(response))
  }

  const by =
    <M extends Method>(method: M) =>
    async <P extends PathOf<M>>(path: P, ...[given]: Given<M, P>): Promise<Answer<Data<M, P>>> =>
      (await call(method, path, given as AnyGiven)) as Answer<Data<M, P>>

  /** The items of a list, of which each page is asked for when it is wanted. */
  async function* pages<P extends ListPath>(
    path: P,
    ...[given]: Given<'get', P>
  ): AsyncGenerator<Item<P>> {
    const { signal, ...rest } = (given ?? {}) as AnyGiven
    let next: string | undefined = toAddress(path, rest)
    while (next !== undefined) {
      const response = await requireOk(
        await sendAs(next, { isWhole: true, ...(signal && { signal }) }),
      )
      yield* (await response.json()) as Item<P>[]
      const asked: string = next
      next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
      // A list of changes has no end: what happens later is found there.
      if (next === asked) return
    }
  }

  /** Live events. What breaks off is taken up again where it was, until the signal ends it. */
  async function* events<P extends StreamPath>(
    path: P,
    { query, lastEventId, signal }: EventOptions<P> = {},
  ): AsyncGenerator<CampusEvent<P>> {
    const address = toAddress(path, { query: query ?? {} })
    let last = lastEventId
    for (let failures = 0; ; failures++) {
      const headers = last === undefined ? {} : { 'last-event-id': last }
      try {
        const response = await requireOk(
          await sendAs(address, { headers, ...(signal && { signal }) }),
        )
        const body = response.body as ReadableStream<Uint8Array>
        failures = 0
        yield* readEvents(body, (id) => (last = id)) as AsyncGenerator<CampusEvent<P>>
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof ProblemError && isFinal(error)) throw error
      }
      await sleep(Math.min(1000 * 2 ** failures, 30_000), signal)
    }
  }

  return {
    get: by('get'),
    post: by('post'),
    put: by('put'),
    patch: by('patch'),
    delete: by('delete'),
    pages,
    events,
    /** Uploads a file, however large, and returns its address. */
    upload: (file: Blob, given: UploadOptions): Promise<string> => uploadFile(sendAs, file, given),
    /** `fetch` as the user who is logged in; throws no refusal. */
    fetch: sendAs,
    logIn: session.logIn,
    logOut: session.logOut,
  }
}

export type Client = ReturnType<typeof createClient>

// Too many requests, or streams of those that are gone: it passes.
function isFinal({ status }: ProblemError): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

async function readWhole(response: Response): Promise<Response> {
  const bytes = await response.arrayBuffer()
  return new Response(bytes.byteLength > 0 ? bytes : null, response)
}

function toJson(method: string, body: unknown, headers: Record<string, string> = {}) {
  if (body === undefined) return { method, headers }
  return {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}

async function toAnswer(response: Response): Promise<Answer<unknown>> {
  const { headers, status } = response
  return {
    data: status === 204 ? undefined : await readBody(response),
    etag: headers.get('etag') ?? undefined,
    replayed: headers.get('idempotent-replayed') === 'true',
    headers,
  }
}

function readBody(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  return type.startsWith('application/json') ? response.json() : response.text()
}
