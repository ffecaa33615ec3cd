import type { Access } from '../../shared/access.ts'
import type { Slots } from './policy.ts'
import type { OpenApiDocument } from '../../shared/host/document.ts'
import document from '../openapi.json' with { type: 'json' }

/** The OpenAPI document, wherever the services run. */
export async function readDocument(): Promise<OpenApiDocument> {
  // Loaded on first use, as most processes never show the document.
  const { toPublicDocument } = await import('../../shared/host/document.ts')
  return toPublicDocument(document as unknown as OpenApiDocument)
}

export interface Operation {
  method: string
  /** As Elysia writes it: `/api/cars/:id`. */
  path: string
  rule: Access
  slots: Slots
  /** Whether it takes an `Idempotency-Key`. */
  isKeyed: boolean
}

/**
 * The operations of a service, by the document.
 * @throws Error when the document has none
 */
export function operationsOf(service: string): Operation[] {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(service))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path: path.replace(/{(\w+)}/g, ':$1'),
        // A ticket comes without a token; only the service can check it.
        rule: takesTicket(operation) ? 'anonymous' : (operation['x-access'] as Access),
        slots: 'x-slots' in operation ? (operation['x-slots'] as Slots) : 'ordinary',
        isKeyed: takesKey(operation),
      })),
  )
  if (operations.length > 0) return operations
  throw new Error(`services/openapi.json knows no path of ${service}. Run: bun run openapi`)
}

function takesTicket(operation: object): boolean {
  const schemes = 'security' in operation ? (operation.security as object[]) : []
  return schemes.some((scheme) => 'ticket' in scheme)
}

function takesKey(operation: object): boolean {
  const parameters = 'parameters' in operation ? (operation.parameters as object[]) : []
  return parameters.some((it) => '$ref' in it && it.$ref === idempotencyKey)
}

const idempotencyKey = '#/components/parameters/IdempotencyKey'

/** The paths a service owns: `/api/cars` stands for itself and all below it. */
export function pathsOf(service: string): string[] {
  const owned = operationsOf(service).map(({ path }) => path.split('/').slice(0, 3).join('/'))
  return [...new Set(owned)]
}
