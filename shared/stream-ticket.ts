import { Type } from '@sinclair/typebox'
import type { Caller } from './access.ts'
import type { Context } from './context.ts'
import { writeOnce } from './idempotency.ts'
import { toInstant } from './instant.ts'
import { ProblemError } from './problem.ts'
import type { StreamTicket } from './schemas/event.ts'
import { createSealedTexts } from './sealed-text.ts'
import { minute_ms } from './duration.ts'

const validFor_ms = minute_ms
// A window asks for one when it opens, and when its stream broke off. Each spent one is a row.
const perMinuteMax = 60

/** The query parameter of a stream that takes tickets. */
export const ticketQuery = {
  ticket: Type.Optional(
    Type.String({ maxLength: 12_000, description: 'Instead of a token, for `EventSource`' }),
  ),
}

/** What a route that makes tickets says of itself. */
export const ticketText = [
  'Create a ticket that opens this stream without a header',
  'For `EventSource` in browsers. A ticket opens the stream once, within a minute, as the ' +
    "caller. The stream counts as one of the caller's ten and ends with their token. A ticket " +
    'that is used, expired or of another stream is 401, and `EventSource` gives up: create ' +
    'another one, and continue `after` the last event.',
] as const

/** What a ticket holds. */
interface Claim {
  id: string
  expires_ms: number
  /** The `Authorization` of the caller who requested it. */
  authorization: string
}

interface Asking {
  request: Request
  caller: Caller
}

interface Opening {
  request: Request
  set: { headers: Record<string, string | number> }
}

/**
 * Tickets for one stream of events, for clients that cannot send a header, such as the browser's
 * `EventSource`. A ticket is the caller's token, sealed: what it opens is checked, and ends, as
 * with the token itself.
 * @param stream its path; a ticket opens no other
 */
export function createStreamTickets(
  { store, secret, clock, id }: Pick<Context, 'store' | 'secret' | 'clock' | 'id'>,
  stream: string,
) {
  const sealed = createSealedTexts(secret, `tickets: ${stream}`)

  const count = createCount(clock)

  /** @throws 429 for who asks again and again */
  async function create({ request: { headers }, caller }: Asking): Promise<StreamTicket> {
    count(caller.id)
    const authorization = headers.get('authorization') ?? ''
    const expires_ms = clock() + validFor_ms
    const ticket = await sealed.seal(JSON.stringify({ id: id(), expires_ms, authorization }))
    return { ticket, expires: toInstant(expires_ms) ?? '' }
  }

  // Which of several replicas takes it, the database decides; it is remembered for a day.
  const spend = ({ id: ticket }: Claim): Promise<boolean> => {
    const response = { key: `ticket ${ticket}`, request_hash: '', answer: '' }
    return writeOnce(store, [], { response, now_ms: clock() })
  }

  /**
   * For `transform` of the stream: has a request with a ticket go on as one with its token.
   * @throws 401 unless it is ours, for this stream, not a minute old and not spent
   */
  async function redeem({ request, set }: Opening): Promise<void> {
    const ticket = new URL(request.url).searchParams.get('ticket')
    if (ticket === null || request.headers.has('authorization')) return
    set.headers['cache-control'] = 'no-store'
    const opened = await sealed.open(ticket).catch(() => undefined)
    const claim = opened && (JSON.parse(opened.text) as Claim)
    if (!claim || claim.expires_ms <= clock() || !(await spend(claim))) throw ticketInvalid()
    request.headers.set('authorization', claim.authorization)
  }

  return { create, redeem }
}

/** Counts what each user asks for within a minute, in this process. */
function createCount(clock: () => number): (userId: string) => void {
  let [begun_ms, counts] = [clock(), new Map<string, number>()]
  return (userId) => {
    if (clock() - begun_ms >= validFor_ms) [begun_ms, counts] = [clock(), new Map()]
    const asked = counts.get(userId) ?? 0
    if (asked >= perMinuteMax) throw tooManyTickets()
    counts.set(userId, asked + 1)
  }
}

function tooManyTickets(): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'too_many_tickets',
    detail: `A user gets ${perMinuteMax} tickets a minute. Wait, or keep a stream open.`,
    headers: { 'retry-after': String(validFor_ms / 1000) },
  })
}

function ticketInvalid(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'ticket_invalid',
    detail: 'A ticket opens its stream once, within a minute. Ask for another one.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
