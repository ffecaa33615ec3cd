import { readEvents, type AnyEvent } from './events.ts'
import { ProblemError, requireOk } from './problem.ts'
import { retry, sleep, type Patience } from './retry.ts'
import { createSession, type SessionOptions, type TokenPair } from './session.ts'

export interface TransportOptions<T extends TokenPair> extends SessionOptions<T>, Patience {
  /** Where Campus is: `https://campus.example.org`. */
  url: string
  fetch?: (input: string | URL, init?: RequestInit) => Promise<Response>
}

/** A request that no other operation fits: a download, a calendar, a form. */
export interface RawRequest extends Omit<RequestInit, 'headers'> {
  headers?: Record<string, string>
  /** Whether a body that breaks off is no response. */
  isWhole?: boolean
}

export interface JsonRequest {
  body?: unknown
  headers?: Record<string, string> | undefined
  signal?: AbortSignal | undefined
}

export interface FollowOptions {
  /** Go on after this one. */
  lastEventId?: string
  signal?: AbortSignal
  /** Whether events arrive at this moment. */
  onConnected?: (isConnected: boolean) => void
  /** After so long without a heartbeat, which comes every 15 s, a connection is dead; 35 s. */
  silenceMax_ms?: number
}

/** Requests as who is logged in, without the types of the document. */
export function createTransport<T extends TokenPair>(options: TransportOptions<T>) {
  const { origin, pathname } = new URL(options.url)
  if (pathname !== '/') throw new TypeError('url: Campus is at the root of an origin')
  const { attempts, patience_ms, fetch: send = fetch } = options
  const patience = { ...(attempts && { attempts }), ...(patience_ms && { patience_ms }) }
  const session = createSession(options, (path, body) =>
    retry(
      // Another page, which may come right after, does not cut it short.
      () => send(`${origin}${path}`, { ...toJson('POST', { body }), keepalive: true }),
      // A code of an authenticator app works once; a refresh token yields the same successor again.
      { ...patience, isSafe: path !== '/api/login' },
    ),
  )

  async function sendAs(address: string, request: RawRequest = {}): Promise<Response> {
    const login = session.login()
    // Nothing is sent as somebody else, who logged in while the token was renewed.
    const renew = async (refused?: string) => {
      const token = await session.token(refused)
      return session.login() === login ? token : undefined
    }
    const token = await renew()
    const response = await sendWith(token, address, request)
    if (response.status !== 401 || token === undefined) return response
    const renewed = await renew(token)
    if (renewed === undefined || renewed === token) return response
    await response.body?.cancel()
    return sendWith(renewed, address, request)
  }

  function sendWith(token: string | undefined, address: string, request: RawRequest) {
    const { isWhole = false, method = 'GET', ...init } = request
    const headers = { ...init.headers, ...(token && { authorization: `Bearer ${token}` }) }
    const url = new URL(address, origin)
    if (url.origin !== origin) throw new TypeError(`${url.origin} is not ${origin}`)
    const ask = async () => {
      const response = await send(url, { ...init, method, headers })
      return isWhole ? readWhole(response) : response
    }
    const isSafe = /^(GET|HEAD)$/.test(method) || 'idempotency-key' in headers
    return retry(ask, { ...patience, isSafe, signal: init.signal ?? undefined })
  }

  /** Sends JSON. @throws ProblemError unless it is a success */
  async function request(method: string, address: string, given: JsonRequest = {}) {
    return requireOk(await sendAs(address, { ...toJson(method, given), isWhole: true }))
  }

  /** Events. What breaks off or falls silent is taken up again where it was, until the signal. */
  async function* follow(
    address: string,
    { lastEventId, signal, onConnected, silenceMax_ms = 35_000 }: FollowOptions,
  ): AsyncGenerator<AnyEvent> {
    let last = lastEventId
    for (let failures = 0; ; failures++) {
      const headers = last === undefined ? {} : { 'last-event-id': last }
      const silence = watchSilence(silenceMax_ms)
      const login = session.login()
      const ends = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal
      try {
        const response = await requireOk(await sendAs(address, { headers, signal: ends }))
        failures = 0
        onConnected?.(true)
        const stand = (id: string) => (last = id)
        const body = response.body as ReadableStream<Uint8Array>
        yield* readEvents(body, { stand, heard: silence.heard })
      } catch (error) {
        signal?.throwIfAborted()
        // Whoever logged in meanwhile was not refused.
        const isSame = [login, undefined].includes(session.login())
        if (error instanceof ProblemError && isFinal(error) && isSame) throw error
      } finally {
        silence.stop()
        onConnected?.(false)
      }
      await sleep(Math.min(1000 * 2 ** failures, 30_000), signal)
    }
  }

  return { fetch: sendAs, request, follow, session }
}

/** Aborts once nothing was heard for long. */
function watchSilence(max_ms: number) {
  const silent = new AbortController()
  const start = () => setTimeout(() => silent.abort(), max_ms)
  let timer = start()
  const stop = () => clearTimeout(timer)
  const heard = () => {
    stop()
    timer = start()
  }
  return { signal: silent.signal, heard, stop }
}

// Too many requests, or streams of those that are gone, or a refusal by a proxy: it passes.
function isFinal({ status, code }: ProblemError): boolean {
  const isPassing = status === 408 || status === 429 || code === 'unexpected_response'
  return status >= 400 && status < 500 && !isPassing
}

async function readWhole(response: Response): Promise<Response> {
  const bytes = await response.arrayBuffer()
  return new Response(bytes.byteLength > 0 ? bytes : null, response)
}

function toJson(method: string, { body, headers = {}, signal }: JsonRequest) {
  const init = { method, ...(signal && { signal }) }
  if (body === undefined) return { ...init, headers }
  const own = { 'content-type': 'application/json', ...headers }
  return { ...init, headers: own, body: JSON.stringify(body) }
}
