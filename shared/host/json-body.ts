import type { TSchema } from '@sinclair/typebox'
import { Elysia, type AnyElysia } from 'elysia'
import { boundBody } from './body-bound.ts'
import { findBody, mayLack } from './models.ts'
import { inTime } from '../body.ts'
import { exactNumbers, parseExact } from '../exact-json.ts'
import { parseJson } from '../json.ts'
import { invalid, ProblemError } from '../problem.ts'

/**
 * Parses JSON bodies, limited by what the schema of a route can accept. A route with `parse:
 * 'none'` gets its body unread in `request.body`, and limits it itself; one with `parse:
 * exactNumbers` keeps the digits of numbers. Not for the gateway's forwarding, which passes bodies
 * on.
 */
export function parseJsonBodies(services: readonly AnyElysia[]): AnyElysia {
  const bounds = new Map<string, number>()
  const streamed = new Set<string>()
  const exact = new Set<string>()
  const optional = new Set<string>()
  // Elysia provides `route` because the host's onAfterResponse reads it as well.
  const app: AnyElysia = new Elysia({ name: 'services', normalize: false }).onParse(
    ({ request, route }, contentType) => {
      const name = `${request.method} ${route}`
      if (streamed.has(name)) return null
      const body = readJson(request, contentType, {
        bytesMax: bounds.get(name) ?? boundBody(undefined),
        parse: exact.has(name) ? parseExact : undefined,
      })
      return optional.has(name) ? body.then(requireObject) : body
    },
  )
  for (const service of services) {
    app.use(service)
    for (const { method, path, hooks } of service.routes as Route[]) {
      const { body, parse } = hooks
      const schema = findBody(service, body)
      bounds.set(`${method} ${path}`, boundBody(schema))
      if (mayLack(schema)) optional.add(`${method} ${path}`)
      if (parse?.some(({ fn }) => fn === 'none')) streamed.add(`${method} ${path}`)
      if (parse?.some(({ fn }) => fn === exactNumbers)) exact.add(`${method} ${path}`)
    }
  }
  return app
}

// Where a body is optional, Elysia validates objects only and takes anything else for none.
function requireObject(body: unknown): unknown {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  if (body === undefined || isObject) return body
  throw invalid([{ pointer: '#', detail: 'must be an object' }])
}

interface Route {
  method: string
  path: string
  hooks: { body?: string | TSchema; parse?: { fn: unknown }[] }
}

interface Reading {
  /** How large the body may be. */
  bytesMax: number
  parse: ((text: string) => unknown) | undefined
}

/**
 * Reads a JSON body (RFC 8259); undefined when there is none.
 * @throws 415 for another content type, 413 when it is too large, 408 when it does not arrive, 400
 *   when it is nested too deep; SyntaxError or TypeError when it is not JSON in UTF-8
 */
async function readJson(
  request: Request,
  contentType: string,
  { bytesMax, parse }: Reading,
): Promise<unknown> {
  const length = request.headers.get('content-length')
  // Accessing `body` makes a stream, which costs more than reading it.
  if (length === '0' || (length === null && !request.body)) return undefined
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  if (!isJson(contentType) || encoding.toLowerCase() !== 'identity') {
    throw new ProblemError({
      status: 415,
      code: 'unsupported_media_type',
      detail: 'Send the body as application/json, not compressed.',
    })
  }
  if (Number(length) > bytesMax) throw tooLarge(bytesMax)
  const bytes = length === null ? readBytes(request, bytesMax) : request.bytes()
  return parseJson(await inTime(bytes), parse)
}

// Media types are case-insensitive (RFC 9110 section 8.3.1); parameters are already removed.
const isJson = (type: string) => /^application\/json\s*$/i.test(type)

// Without a length the body is counted as it arrives.
async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'body_too_large',
    detail: `The body may have at most ${bytesMax} bytes.`,
  })
}
