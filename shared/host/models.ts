import { OptionalKind, type TSchema } from '@sinclair/typebox'

// Elysia calls it protected; its own OpenAPI plugin asks it all the same.
interface Defined {
  getGlobalDefinitions: () => { type: Record<string, TSchema> }
}

/** The schema of a body, which a route names or has itself; undefined where it says neither. */
export function findBody(app: object, body: string | TSchema | undefined): TSchema | undefined {
  if (typeof body !== 'string') return body
  return (app as Defined).getGlobalDefinitions().type[body]
}

/** Whether the body may be missing. */
export function mayLack(schema: TSchema | undefined): boolean {
  return schema !== undefined && OptionalKind in schema
}
