import { toOpenAPISchema } from '@elysia/openapi'
import type { AnyElysia } from 'elysia'
import { ifMatchParameter } from '../version.ts'
import { retryAfterHeader } from '../problem.ts'
import { promised, type Promised } from '../promise.ts'

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: string
  info: { title: string; version: string; description: string; license: { name: string } }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> }
}

/** A parameter of a request (OpenAPI 3.1, section 4.8.12). */
export interface Parameter {
  name: string
  in: 'header' | 'path' | 'query'
  description?: string
  required?: boolean
  schema: Record<string, unknown>
}

/** Headers of a response by name (OpenAPI 3.1, section 4.8.21). */
export type ResponseHeaders = Record<
  string,
  { description: string; required?: boolean; schema: Record<string, unknown> }
>

interface Operation {
  operationId?: string
  tags?: string[]
  parameters?: unknown[]
  requestBody?: { content: Record<string, unknown>; required?: boolean }
  security?: Record<string, string[]>[]
  responses?: Record<string, Response>
  'x-promise'?: string
  'x-request-headers'?: ResponseHeaders
}

interface Route {
  method: string
  path: string
  hooks: {
    body?: unknown
    detail?: {
      requestBody?: Operation['requestBody']
      responses?: Record<string, Response>
      'x-access'?: string
      'x-promise'?: keyof typeof promised
    }
  }
}

interface Response {
  description?: string
  headers?: ResponseHeaders
  content?: Record<string, unknown>
}

/**
 * The document of all routes of an app that are not hidden.
 * What every route answers alike (bad input, too large, no database) is added here, once.
 */
export function toDocument(app: AnyElysia, title: string): OpenApiDocument {
  // Unless told, it leaves out OPTIONS, and takes `scores.csv` for a file.
  const everything = { staticFile: false, methods: [] }
  const { paths, components } = toOpenAPISchema(app, everything) as unknown as OpenApiDocument
  for (const { method, path, hooks } of app.routes as Route[]) {
    const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
    if (operation) complete(operation, hooks)
    // What is to be removed is in the path; a body says more where it is asked for.
    if (operation?.requestBody && method === 'DELETE') operation.requestBody.required = false
  }
  return {
    openapi: '3.1.0',
    info: { title, version: '1.0.0', description, license: { name: 'MIT' } },
    paths: sorted(paths),
    components: { schemas: sorted(toReferences(components.schemas)), securitySchemes },
  }
}

// Says by reference what stands in another model: Elysia has marked each named one with `$id`.
function toReferences(schemas: Record<string, unknown>): Record<string, unknown> {
  const replace = (value: unknown, isRoot: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => replace(item, false))
    if (typeof value !== 'object' || value === null) return value
    if (!isRoot && '$id' in value) return { $ref: value.$id }
    const members = Object.entries(value).filter(([name]) => name !== '$id')
    return Object.fromEntries(members.map(([name, member]) => [name, replace(member, false)]))
  }
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, replace(schema, true)]),
  )
}

const description =
  'Times are RFC 3339 in UTC. Spans are half-open: [from, to). Errors are ' +
  '`application/problem+json` (RFC 9457) with a stable `code`. Lists are paged by the `next` ' +
  'link. `Idempotency-Key` makes a `POST` that adds something safe to retry for a day. ' +
  '`If-Match` with the `ETag` that was read answers 412 when somebody else was first.'

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token that POST /api/login answers',
  },
}

const statuses: Record<string, string> = {
  200: 'OK',
  201: 'Created',
  204: 'Done; no body',
  206: 'A part of the bytes',
  302: 'Elsewhere, for a short while',
  304: 'Not changed',
  400: 'The body or a header is malformed',
  401: 'No token, or not a valid one',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  410: 'Gone',
  412: 'Changed since it was read',
  413: 'The body is too large',
  415: 'The body is of another type than the route takes',
  416: 'The range begins past the end',
  422: 'A value cannot be accepted; `errors` names each',
  429: 'Too many requests; retry after `Retry-After`',
  460: 'The bytes do not have the checksum; none were kept',
  500: 'A fault of the server, without its internals',
  503: 'Overloaded, or the database is unavailable; retry',
  507: 'The disk is full; nothing was stored',
}

function complete(operation: Operation, { body, detail }: Route['hooks']): void {
  const responses = { ...operation.responses }
  for (const [status, own] of Object.entries(detail?.responses ?? {})) {
    responses[status] = { ...responses[status], ...own }
  }
  const common = ['429', '500', '503']
  const access = detail?.['x-access']
  if (access !== 'public') {
    operation.security = access === 'anyone' ? [{}, { bearer: [] }] : [{ bearer: [] }]
    common.push('401')
  }
  if (access !== 'public' && access !== 'anyone' && access !== 'member') common.push('403')
  if (operation.parameters) common.push('422')
  if (detail?.['x-promise']) completePromise(operation, detail['x-promise'], responses)
  if (body) common.push('400', '413', '415', '422', '507')
  for (const status of common) responses[status] ??= problemResponse()
  for (const [status, response] of Object.entries(responses)) {
    const own = detail?.responses?.[status]?.description
    response.description = own ?? statuses[status] ?? 'Answer'
    if (status === '429' || status === '503') response.headers = retryAfterHeader
    const json = response.content?.['application/json']
    if (json && Number(status) >= 400) response.content = { 'application/problem+json': json }
  }
  operation.responses = responses
  addRequestHeaders(operation)
  // The generator does not know what the host's parser accepts.
  if (detail?.requestBody) operation.requestBody = detail.requestBody
  else if (operation.requestBody && typeof body === 'string') {
    const schema = { $ref: `#/components/schemas/${body}` }
    operation.requestBody.content = { 'application/json': { schema } }
  }
}

function completePromise(
  operation: Operation,
  promise: keyof typeof promised,
  responses: Record<string, Response>,
): void {
  const { parameters = [], headers }: Promised = promised[promise]
  const asked = '412' in responses ? [...parameters, ifMatchParameter] : parameters
  if (asked.length > 0) operation.parameters = [...(operation.parameters ?? []), ...asked]
  if (promise === 'does') responses['204'] ??= {}
  for (const [status, response] of Object.entries(responses)) {
    if (headers && status.startsWith('2')) response.headers = headers
  }
  delete operation['x-promise']
}

// What a route reads by itself; what is checked by a schema is there already.
function addRequestHeaders(operation: Operation): void {
  const { 'x-request-headers': headers } = operation
  if (!headers) return
  const own = Object.entries(headers).map(([name, header]) => ({ name, in: 'header', ...header }))
  operation.parameters = [...(operation.parameters ?? []), ...own]
  delete operation['x-request-headers']
}

function problemResponse(): Response {
  return { content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } }
}

// A fixed order, so that the committed document changes only where the API does.
function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
