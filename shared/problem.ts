import type { ResponseHeaders } from './host/document.ts'
import type { ProblemCode, ThingOf } from './problem-code.ts'

/**
 * One bad field: `#/name` of the body (RFC 9457 section 3), `?name` of the query, `{name}` of the
 * path.
 */
export interface FieldError {
  pointer: string
  detail: string
}

/** The pointer to a member of the body, by its path (RFC 6901 section 6): `#/tags/0`. */
export function toJsonPointer(path: readonly string[]): string {
  const escaped = path.map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1'))
  return ['#', ...escaped].join('/')
}

export interface ProblemOptions {
  status: number
  /** Clients may switch on it. A new one is a line in `problem-code.ts`. */
  code: ProblemCode
  /** For people: what is wrong and what to change. Never internals. */
  detail: string
  /** Extension members of the problem body (RFC 9457 section 3.2). */
  members?: Record<string, unknown>
  headers?: Record<string, string>
  cause?: unknown
}

/** A response that is not a success. The host sends it as `application/problem+json`. */
export class ProblemError extends Error {
  readonly status: number
  readonly code: ProblemCode
  readonly members: Record<string, unknown>
  readonly headers: Record<string, string>

  constructor(options: ProblemOptions) {
    super(options.detail, { cause: options.cause })
    this.name = 'ProblemError'
    this.status = options.status
    this.code = options.code
    this.members = options.members ?? {}
    this.headers = options.headers ?? {}
  }

  /** The body by RFC 9457: `type`, `title`, `status`, `detail`, and our `code`. */
  toBody(): Record<string, unknown> {
    const title = titleOf(this.status)
    const { status, message: detail, code } = this
    return { type: 'about:blank', title, status, detail, code, ...this.members }
  }
}

/** Whether the request itself is at fault; anything else may succeed when retried. */
export function isRefusal(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.status < 500
}

/** An answer of another service. */
export interface Answered {
  error: { status: unknown; value: unknown } | null
  response: Pick<Response, 'headers'>
}

/** The refusal of another service, to be passed on as it is; undefined for any other answer. */
export function readRefusal({ error, response }: Answered): ProblemError | undefined {
  const problem = (error?.value ?? {}) as { code?: ProblemCode; detail?: string }
  const { code, detail = '' } = problem
  const status = error?.status
  if (typeof status !== 'number' || status >= 500 || code === undefined) return undefined
  const own = Object.entries(problem).filter(([name]) => !common.has(name))
  const retryAfter = response.headers.get('retry-after')
  const headers = retryAfter === null ? {} : { 'retry-after': retryAfter }
  return new ProblemError({ status, code, detail, headers, members: Object.fromEntries(own) })
}

const common = new Set(['type', 'title', 'status', 'code', 'detail'])

export function notFound(thing: ThingOf<'_not_found'>, id: string): ProblemError {
  return new ProblemError({
    status: 404,
    code: `${thing}_not_found`,
    detail: `There is no ${thing} ${id}.`,
  })
}

export function conflict(code: ProblemCode, detail: string, members = {}): ProblemError {
  return new ProblemError({ status: 409, code, detail, members })
}

/** 422: well-formed, but these fields cannot be accepted. `errors` names every one of them. */
export function invalid(errors: FieldError[], code: ProblemCode = 'invalid_input'): ProblemError {
  const detail = errors.map((error) => `${error.pointer}: ${error.detail}`).join('; ')
  return new ProblemError({ status: 422, code, detail: detail.slice(0, 1000), members: { errors } })
}

/** For the document: what every 429 and 503 sets. */
export const retryAfterHeader: ResponseHeaders = {
  'retry-after': { description: 'Seconds to wait (RFC 9110)', schema: { type: 'integer' } },
}

/** For the document: what every 401 sets. */
export const authenticateHeader: ResponseHeaders = {
  'www-authenticate': { description: 'How to authenticate (RFC 6750)', schema: { type: 'string' } },
}

/** 503 with `Retry-After` in seconds (RFC 9110 section 10.2.3): nothing was done, try again. */
export function unavailable(code: ProblemCode, detail: string, cause?: unknown): ProblemError {
  const headers = { 'retry-after': '1' }
  return new ProblemError({ status: 503, code, detail, headers, cause })
}

/** Catches that another service is unavailable. */
export function orIfAway<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof ProblemError && error.status === 503) return instead
    throw error
  }
}

/** 412: the thing changed since the caller read it (RFC 9110 section 13.1.1). */
export function preconditionFailed(): ProblemError {
  return new ProblemError({
    status: 412,
    code: 'precondition_failed',
    detail: 'It was changed since you read it. Read it again, then retry with its new ETag.',
  })
}

/** The name of a status. */
export function titleOf(status: number): string {
  return titles[status] ?? 'Error'
}

const titles: Record<number, string> = {
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  460: 'Checksum Mismatch', // of tus 1.0, not of HTTP
  499: 'Client Closed Request', // as nginx calls it
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
}
