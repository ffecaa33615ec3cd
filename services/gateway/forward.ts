import { isBrokenCircuitError, isBulkheadRejectedError } from 'cockatiel'
import { bodyTooSlow } from '../../shared/body.ts'
import { ProblemError, unavailable } from '../../shared/problem.ts'
import { isUnreached, type Replica, type Replicas } from '../../shared/host/replicas.ts'
import type { Tracing } from '../../shared/host/tracing.ts'
import { readBody, wholeBytesMax, type FlowingBody } from './hop-body.ts'
import { dropHopByHop, toHopHeaders, withTrace } from './hop-header.ts'
import { createPolicies, HopTimeout, type Policies, type Slots } from './policy.ts'

export interface ForwardOptions {
  /** The service's name, for messages. */
  service: string
  replicas: Replicas
  tracing: Tracing | undefined
  /**
   * The timeout until the response begins or more of the request's body arrives, in milliseconds. A
   * flowing body may take as long as it likes.
   */
  timeout_ms: number
}

export interface Hop {
  request: Request
  requestId: string
  /** The client's address, from the connection or a trusted proxy. */
  client: string
  slots: Slots
  /** Whether the route takes an `Idempotency-Key`, so that one makes it safe to retry. */
  isKeyed: boolean
}

// The number replaced at once in a rolling restart, plus one.
const attemptsMax = 3

/** A hop, before a replica is chosen. */
interface Journey {
  request: Request
  slots: Slots
  isKeyed: boolean
  /** Path and query. */
  target: string
  headers: Headers
  /** A small body, or none, can be sent to another replica again. */
  body: Awaited<ReturnType<typeof readBody>>
  /** Whether part of a streamed body has been sent to the service. */
  isBegun: boolean
  /** Whether the client has yet to send more of a streamed body. */
  awaitsClient: boolean
}

/**
 * Forwards requests to the replicas of one service, round robin, over pooled connections, streaming
 * both ways. A request that did not reach a replica goes to the next one.
 * @returns a function that returns the service's response
 * @throws 503 at once while the service is down or its breaker is open, 504 when it is too slow;
 *   both name it
 */
export function createForward(options: ForwardOptions) {
  const { service, replicas, timeout_ms, tracing } = options
  const policies = new WeakMap<Replica, Policies>()

  async function send(replica: Replica, journey: Journey): Promise<Response> {
    const { request, target, headers, body } = journey
    const abort = new AbortController()
    const leave = () => abort.abort()
    const timer = setTimeout(() => abort.abort(new HopTimeout()), timeout_ms)
    request.signal.addEventListener('abort', leave, { once: true })
    try {
      const answer = await fetch(replica.url + target, {
        method: request.method,
        headers: tracing ? withTrace(headers, tracing.headers()) : headers,
        body: isFlowing(body) ? observe(journey, body, () => timer.refresh()) : body,
        redirect: 'manual',
        decompress: false,
        keepalive: !isResent(request.method),
        signal: abort.signal,
      })
      return await toResponse(answer)
    } catch (error) {
      if (request.signal.aborted) throw new ClientFault('The client left', { cause: error })
      if (error instanceof HopTimeout && journey.awaitsClient)
        throw new ClientFault('The client stalls')
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async function sendToOne(journey: Journey): Promise<Response> {
    let fault: unknown
    for (const replica of toAttempts(replicas.rotate())) {
      const known = policies.get(replica) ?? createPolicies()
      policies.set(replica, known)
      try {
        // A streamed body takes as long as its sender: in a slot it would make everybody else wait.
        const chosen = isFlowing(journey.body) ? known.breaker : known[journey.slots]
        const attempt = () => chosen.execute(() => send(replica, journey))
        return await (tracing ? tracing.span(`forward to ${service}`, attempt) : attempt())
      } catch (error) {
        fault = error
        if (isUnreached(error)) replica.isReady = false
        if (!isRepeatable(journey, error)) break
      }
    }
    throw fault
  }

  return async (hop: Hop): Promise<Response> => {
    const journey = await prepare(hop, timeout_ms)
    try {
      return await sendToOne(journey)
    } catch (error) {
      if (error instanceof ClientFault) throw bodyTooSlow()
      if (error instanceof HopTimeout) throw tooSlow(service, error)
      const cause = isRefusedByPolicy(error) ? undefined : error
      throw unavailable(
        'service_unavailable',
        `The ${service} service is unavailable. Please retry.`,
        cause,
      )
    }
  }
}

function toAttempts(replicas: Replica[]): Replica[] {
  return replicas.length > 1 ? replicas.slice(0, attemptsMax) : [...replicas, ...replicas]
}

/**
 * Reads the client's body first, so that a fault of the client does not count as one of the
 * service.
 * @throws 408 when the client stalls or disconnects before its body is complete
 */
async function prepare(hop: Hop, stallMax_ms: number): Promise<Journey> {
  const { request } = hop
  const { protocol, pathname, search } = new URL(request.url)
  const headers = toHopHeaders(hop, protocol.slice(0, -1))
  const body = await readBody(request, stallMax_ms).catch(() => {
    throw bodyTooSlow()
  })
  return {
    request,
    slots: hop.slots,
    isKeyed: hop.isKeyed,
    target: pathname + search,
    headers,
    body,
    isBegun: false,
    awaitsClient: false,
  }
}

function isFlowing(body: Journey['body']): body is FlowingBody {
  return body !== null && 'rest' in body
}

async function* observe(
  journey: Journey,
  { begun, rest }: FlowingBody,
  onChunk: () => void,
): AsyncGenerator<Uint8Array> {
  journey.isBegun = true
  yield* begun
  journey.awaitsClient = true
  try {
    for await (const chunk of rest) {
      journey.awaitsClient = false
      onChunk()
      yield chunk
      journey.awaitsClient = true
    }
  } catch (cause) {
    throw new ClientFault('The client cut its body off', { cause })
  }
  journey.awaitsClient = false
}

async function toResponse(answer: Response): Promise<Response> {
  const { status } = answer
  const headers = dropHopByHop(answer.headers)
  const length = answer.headers.get('content-length')
  const isWhole = length !== null && Number(length) <= wholeBytesMax
  const body = isWhole ? await answer.arrayBuffer() : answer.body
  return new Response(hasBody(status) ? body : null, { status, headers })
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304
}

// Reads are safe to retry, and so are requests with an idempotency key where the route takes one.
// Anything else only when it did not reach a replica.
function isRepeatable({ request, isBegun, isKeyed }: Journey, error: unknown): boolean {
  if (error instanceof ClientFault || error instanceof HopTimeout) return false
  if (isBegun) return false
  if (isUnreached(error) || isRefusedByPolicy(error)) return true
  const { method, headers } = request
  return method === 'GET' || method === 'HEAD' || (isKeyed && headers.has('idempotency-key'))
}

// When a pooled connection breaks, Bun itself resends a PUT or DELETE, although the service may
// have processed it. On a new connection, a refusal means that nothing reached the service.
function isResent(method: string): boolean {
  return method === 'PUT' || method === 'DELETE'
}

function isRefusedByPolicy(error: unknown): boolean {
  return isBrokenCircuitError(error) || isBulkheadRejectedError(error)
}

// A client that disconnects or stalls during an upload is not a fault of the service.
class ClientFault extends Error {}

function tooSlow(service: string, cause: unknown): ProblemError {
  return new ProblemError({
    status: 504,
    code: 'service_timeout',
    detail: `The ${service} service took too long. It may still have done what you asked.`,
    cause,
  })
}
