import { OptionalKind, type TSchema } from '@sinclair/typebox'

// Protected in Elysia, but its own OpenAPI plugin calls it as well.
interface Defined {
  getGlobalDefinitions: () => { type: Record<string, TSchema> }
}

/** The schema of a body, by name or inline; undefined without one. */
export function findBody(app: object, body: string | TSchema | undefined): TSchema | undefined {
  if (typeof body !== 'string') return body
  return (app as Defined).getGlobalDefinitions().type[body]
}

/** Whether the body may be missing. */
export function mayLack(schema: TSchema | undefined): boolean {
  return schema !== undefined && OptionalKind in schema
}
