import { toOpenAPISchema } from '@elysia/openapi'
import type { TSchema } from '@sinclair/typebox'
import manifest from '../../package.json' with { type: 'json' }
import type { App } from '../app.ts'
import { ifMatchParameter } from '../version.ts'
import { conventions, type Convention } from '../convention.ts'
import { shareRepeated } from './document-component.ts'
import { describeStatus, problemHeaders } from './document-status.ts'
import { toShown } from './document-schema.ts'
import { limitHeaders } from './limit.ts'
import { findBody, mayLack } from './models.ts'

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: string
  info: Record<string, unknown>
  servers: { url: string; description: string }[]
  security: Security
  tags: Tag[]
  paths: Paths
  components: Components
}

export type Paths = Record<string, Record<string, Operation>>
export type Components = { [kind in string]: Record<string, unknown> } & {
  schemas: Record<string, unknown>
}

/** What belongs together, by the `tags` of its operations. */
export interface Tag {
  name: string
  description: string
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

type Security = Record<string, string[]>[]

export interface Operation {
  operationId?: string
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, unknown>; required?: boolean }
  security?: Security
  responses?: Record<string, Response>
  'x-access'?: string
  'x-convention'?: string
  'x-request-headers'?: ResponseHeaders
}

interface Route {
  method: string
  path: string
  hooks: {
    body?: string | TSchema
    detail?: {
      requestBody?: Operation['requestBody']
      responses?: Record<string, Response>
      'x-access'?: string
      'x-convention'?: keyof typeof conventions
    }
  }
}

export interface Response {
  description?: string
  headers?: ResponseHeaders
  content?: Record<string, unknown>
}

export interface DocumentOptions {
  title: string
  /** Operations of other processes are left out. */
  tags: Tag[]
  /** Whether requests are rate-limited here, so that responses have its headers. */
  limited: boolean
}

/**
 * The document of all routes of an app that are not hidden. Responses common to all routes (bad
 * input, too large, no database) are added here.
 */
export function toDocument(app: App, options: DocumentOptions): OpenApiDocument {
  // By default it leaves out OPTIONS, and takes `scores.csv` for a static file.
  const everything = { staticFile: false, methods: [] }
  const { paths, components } = toOpenAPISchema(app, everything) as unknown as OpenApiDocument
  for (const { method, path, hooks } of app.routes as Route[]) {
    const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
    if (operation) complete(operation, hooks, options)
    // The body of a DELETE is optional: the path names what to remove.
    const isOptional = method === 'DELETE' || mayLack(findBody(app, hooks.body))
    if (operation?.requestBody && isOptional) operation.requestBody.required = false
  }
  const shown = toShown(paths) as Paths
  const used = new Set(Object.values(shown).flatMap((path) => Object.values(path).flatMap(tagsOf)))
  return {
    openapi: '3.1.0',
    info: { title: options.title, version: manifest.version, description, license },
    servers: [{ url: '/', description: 'Where this document is from' }],
    security: [{ bearer: [] }],
    tags: options.tags.filter(({ name }) => used.has(name)),
    paths: sorted(shown),
    components: {
      schemas: sorted(toShown(components.schemas, 1) as Record<string, unknown>),
      ...shareRepeated(shown),
      securitySchemes,
    },
  }
}

/** A document without the operations for services only. */
export function toPublicDocument(document: OpenApiDocument): OpenApiDocument {
  const paths = Object.entries(document.paths).flatMap(([path, methods]) => {
    const open = Object.entries(methods).filter(([, operation]) => !isInternal(operation))
    return open.length > 0 ? [[path, Object.fromEntries(open)] as const] : []
  })
  return dropUnused({ ...document, paths: Object.fromEntries(paths) })
}

function isInternal(operation: Operation): boolean {
  return operation['x-access'] === 'service'
}

// Removing one component may leave another one unused.
function dropUnused(document: OpenApiDocument): OpenApiDocument {
  const before = JSON.stringify(document)
  const components = Object.entries(document.components).map(([kind, named]) => {
    const used = Object.entries(named).filter(
      ([name]) => kind === 'securitySchemes' || before.includes(`#/components/${kind}/${name}"`),
    )
    return [kind, Object.fromEntries(used)] as const
  })
  const after = { ...document, components: Object.fromEntries(components) as Components }
  return JSON.stringify(after) === before ? after : dropUnused(after)
}

const license = { name: 'MIT', identifier: 'MIT' }
const description =
  'Times are RFC 3339 in UTC. Spans are half-open: [from, to). Errors are ' +
  '`application/problem+json` (RFC 9457) with a stable `code`. Lists are paged by the `next` ' +
  'link. The `ETag` of a list is weak: 304 saves the transfer, not the query. ' +
  '`Idempotency-Key` makes a `POST` that adds something safe to retry for a day. ' +
  '`If-Match` with the `ETag` that was read returns 412 if somebody else made a change first. ' +
  'Every response has an `X-Request-Id`, which is also in the log, and `RateLimit` and ' +
  '`RateLimit-Policy`, described at 429.'

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token from POST /api/login',
  },
  ticket: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'Opens one stream of events, once',
  },
}

function complete(
  operation: Operation,
  { body, detail }: Route['hooks'],
  { limited }: DocumentOptions,
): void {
  const responses = { ...operation.responses }
  for (const [status, own] of Object.entries(detail?.responses ?? {})) {
    responses[status] = { ...responses[status], ...own }
  }
  const common = ['429', '500', '503']
  const access = detail?.['x-access']
  if (access === 'public') operation.security = []
  else {
    if (access === 'anonymous') operation.security = [{}, { bearer: [] }]
    if (detail?.['x-convention'] === 'follows')
      operation.security = [{ bearer: [] }, { ticket: [] }]
    common.push('401')
  }
  if (access !== 'public' && access !== 'anonymous' && access !== 'member') common.push('403')
  if (operation.parameters) common.push('422')
  if (detail?.['x-convention']) completeConvention(operation, detail['x-convention'], responses)
  if (body) common.push('400', '413', '415', '422', '507')
  for (const status of common) responses[status] ??= problemResponse()
  for (const [status, response] of Object.entries(responses)) {
    const description = detail?.responses?.[status]?.description ?? describeStatus(status)
    const limits = limited && status === '429' ? limitHeaders : {}
    const headers = { ...response.headers, ...problemHeaders(status), ...limits }
    const content = asProblem(status, response.content ?? contentOf(status))
    responses[status] = { description, headers, ...(content && { content }) }
  }
  operation.responses = responses
  addRequestHeaders(operation)
  // The generator does not know which media types the host's parser accepts.
  if (detail?.requestBody) operation.requestBody = detail.requestBody
  else if (operation.requestBody && typeof body === 'string') {
    const schema = { $ref: `#/components/schemas/${body}` }
    operation.requestBody.content = { 'application/json': { schema } }
  }
  operation.parameters?.forEach(liftDescription)
}

function completeConvention(
  operation: Operation,
  name: keyof typeof conventions,
  responses: Record<string, Response>,
): void {
  const { parameters = [], headers }: Convention = conventions[name]
  const asked = '412' in responses ? [...parameters, ifMatchParameter] : parameters
  if (asked.length > 0) operation.parameters = [...(operation.parameters ?? []), ...asked]
  if (name === 'does') responses['204'] ??= {}
  if (name === 'readsVersion' || name === 'lists') responses['304'] = {}
  // A dry run answers 200 and has no `Location`.
  const kept = '201' in responses ? /^201/ : /^[23]/
  for (const [status, response] of Object.entries(responses)) {
    if (headers && kept.test(status)) response.headers = headers
  }
  delete operation['x-convention']
}

// Parameters that a route reads itself; those with a schema are there already.
function addRequestHeaders(operation: Operation): void {
  const { 'x-request-headers': headers } = operation
  if (!headers) return
  const own = Object.entries(headers).map(([name, header]): Parameter => ({
    name,
    in: 'header',
    ...header,
  }))
  operation.parameters = [...(operation.parameters ?? []), ...own]
  delete operation['x-request-headers']
}

// Descriptions are in schemas, but readers look for them at the parameter.
function liftDescription(parameter: Parameter): void {
  const { description: said, ...schema } = toShown(parameter.schema) as Parameter['schema']
  parameter.schema = schema
  if (typeof said === 'string') parameter.description ??= said
  if (!parameter.required) delete parameter.required
}

function contentOf(status: string): Response['content'] {
  return Number(status) >= 400 ? problemResponse().content : undefined
}

// Elysia documents every schema as JSON.
function asProblem(status: string, content: Response['content']): Response['content'] {
  const json = content?.['application/json'] as { schema?: { $ref?: string } } | undefined
  if (!json || Number(status) < 400) return content
  return { 'application/problem+json': isTyped(json.schema) ? withPlain(json.schema) : json }
}

const plainProblem = { $ref: '#/components/schemas/Problem' }

function isTyped(schema: { $ref?: string } | undefined): boolean {
  return schema?.$ref !== undefined && schema.$ref !== plainProblem.$ref
}

// Other codes share the status, such as a reused key or an invalid member.
function withPlain(schema: unknown): object {
  return { schema: { anyOf: [schema, plainProblem] } }
}

function problemResponse(): Response {
  return { content: { 'application/json': { schema: plainProblem } } }
}

function tagsOf({ tags = [] }: Operation): string[] {
  return tags
}

// A fixed order, so that the committed document changes only where the API does.
function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
