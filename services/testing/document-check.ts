import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parseEvents } from './document-events.ts'
import type {
  OpenApiDocument,
  Operation,
  Parameter,
  Response as Documented,
} from '../../shared/host/document.ts'

/** One operation, with what it refers to in place. */
export interface CheckedOperation {
  id: string
  method: string
  /** With its parameters in braces: `/api/cars/{id}`. */
  template: string
  access: string
  parameters: Parameter[]
  /** The first example of its JSON body. */
  example: unknown
  responses: Record<string, Documented>
}

/** What came, as the document would have it. */
export interface Answer {
  status: number
  headers: Headers
  body: unknown
}

type Headers = Response['headers']

/** A document, ready to be held against what is sent. */
export function readDocument(document: OpenApiDocument) {
  const { components } = document
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const validators = new Map<string, ValidateFunction>()
  const typed = new Set(Object.values(components.schemas).flatMap((it) => codeOf(it) ?? []))
  /** Names of headers that were sent, of those that are documented. */
  const sent = new Set<string>()
  /** Names of events, of those that are documented. */
  const events = { sent: new Set<string>(), documented: new Set<string>() }

  function resolve<T>(value: T | { $ref: string }): T {
    if (typeof value !== 'object' || value === null || !('$ref' in value)) return value as T
    const [kind = '', name = ''] = value.$ref.split('/').slice(-2)
    return components[kind]?.[name] as T
  }

  function toOperation(template: string, method: string, operation: Operation): CheckedOperation {
    const { operationId = '', parameters = [], responses = {} } = operation
    return {
      id: operationId,
      method: method.toUpperCase(),
      template,
      access: operation['x-access'] ?? '',
      parameters: parameters.map((it) => resolve(it)),
      example: toExample(operation),
      responses: Object.fromEntries(
        Object.entries(responses).map(([status, response]) => [status, resolve(response)]),
      ),
    }
  }

  function toExample({ requestBody }: Operation): unknown {
    const json = requestBody?.content['application/json'] as { schema?: object } | undefined
    const { examples } = resolve<{ examples?: unknown[] }>(json?.schema ?? {})
    return examples?.[0]
  }

  function listFaults(schema: object, body: unknown): string[] {
    const key = JSON.stringify(schema)
    const validate = validators.get(key) ?? ajv.compile({ ...schema, components })
    validators.set(key, validate)
    if (validate(body)) return []
    return (validate.errors ?? []).map((it) => `${it.instancePath} ${it.message}`)
  }

  // Any body is a plain Problem: one whose code has a type must be of that type.
  function listCodeFaults(schema: Content['schema'], body: unknown): string[] {
    const { code } = body as { code?: string }
    if (code === undefined || !typed.has(code)) return []
    const { anyOf = [] } = (schema ?? {}) as { anyOf?: object[] }
    const own = anyOf.filter((one) => codeOf(resolve<object>(one)) === code)
    if (own.length === 0) return [`${code}, which has a type that is not said`]
    return own.some((one) => listFaults(one, body).length === 0)
      ? []
      : [`${code} without its members`]
  }

  /** The same of the events of a stream. */
  function listEventFaults(schema: { $ref: string }, body: unknown): string[] {
    for (const name of namesOf(resolve<EventSchema>(schema))) events.documented.add(name)
    return parseEvents(String(body)).flatMap((event) => {
      events.sent.add(event.event)
      return listFaults(schema, event).map((fault) => `${event.event}: ${fault}`)
    })
  }

  /** What of an answer the document does not say, or says otherwise. */
  function compare(operation: CheckedOperation, { status, headers, body }: Answer): string[] {
    const response = operation.responses[status]
    if (!response) return [`answers ${status}`]
    const documented = response.headers ?? {}
    const names = Object.keys(documented)
    const missing = names.filter((name) => {
      const header = resolve<{ required?: boolean }>(documented[name] ?? {})
      return header.required === true && !headers.has(name)
    })
    const more = [...headers.keys()].filter((name) => !ordinary.has(name) && !(name in documented))
    for (const name of names) if (headers.has(name)) sent.add(name)
    const type = headers.get('content-type')?.split(';')[0]
    const content = (response.content ?? {}) as Record<string, Content>
    const { schema, 'x-itemSchema': item } = content[type ?? ''] ?? {}
    return [
      ...missing.map((name) => `${status} without ${name}`),
      ...more.map((name) => `${status} with ${name}`),
      ...(type && body !== '' && !(type in content) && !('*/*' in content)
        ? [`${status} in ${type}`]
        : []),
      ...(schema && type?.endsWith('json') ? listFaults(schema, body) : []),
      ...(type === 'application/problem+json' ? listCodeFaults(schema, body) : []),
      ...(item ? listEventFaults(item, body) : []),
    ]
  }

  const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => toOperation(template, method, operation)),
  )
  const documented = new Set(
    operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ headers = {} }) => Object.keys(headers)),
    ),
  )
  /** Headers that are documented somewhere, and were sent nowhere. */
  const unsent = () => [...documented].filter((name) => !sent.has(name)).toSorted()
  return { operations, compare, unsent, events, typed }
}

interface Content {
  schema?: object
  'x-itemSchema'?: { $ref: string }
}

/** The code of a typed problem. */
function codeOf(schema: unknown): string | undefined {
  const { properties } = schema as { properties?: { code?: { const?: string } } }
  return properties?.code?.const
}

interface EventKind {
  properties: { event: { enum?: string[]; const?: string } }
}
type EventSchema = EventKind | { anyOf: EventKind[] }

function namesOf(schema: EventSchema): string[] {
  const kinds = 'anyOf' in schema ? schema.anyOf : [schema]
  return kinds.flatMap(({ properties: { event } }) => event.enum ?? [event.const ?? ''])
}

// On every response whatever it is, or of the connection; `X-Request-Id` is in the description.
const ordinary = new Set([
  'cache-control',
  'content-length',
  'content-type',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'ratelimit',
  'ratelimit-policy',
  'referrer-policy',
  'vary',
  'x-content-type-options',
  'x-frame-options',
  'x-request-id',
])
