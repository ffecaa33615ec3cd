import { rooted, type Schema } from './schema.ts'

/** One operation of the OpenAPI document, as an attacker reads it. */
export interface Operation {
  id: string
  method: string
  /** With its parameters in braces: `/api/cars/{id}`. */
  path: string
  /** Its access: `public`, `member`, `admin`… */
  access: string
  parameters: Parameter[]
  /** By media type; empty without a body. */
  bodies: Map<string, Schema>
}

export interface Parameter {
  in: 'path' | 'query' | 'header'
  name: string
  schema: Schema
}

interface Document {
  paths: Record<string, Record<string, DocumentedOperation>>
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> }
}

interface DocumentedOperation {
  operationId: string
  'x-access': string
  parameters?: (Parameter | { $ref: string })[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}

/** Reads all operations of a running system from its own document. */
export async function readOperations(url: string): Promise<Operation[]> {
  const answer = await fetch(`${url}/swagger/json`)
  const { paths, components } = (await answer.json()) as Document
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      access: operation['x-access'],
      parameters: (operation.parameters ?? []).map((it) => {
        const name = '$ref' in it ? it.$ref.split('/').at(-1) : undefined
        const parameter = (name === undefined ? it : components.parameters[name]) as Parameter
        return { ...parameter, schema: rooted(parameter.schema, components.schemas) }
      }),
      bodies: new Map(
        Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => [
          type,
          rooted(schema, components.schemas),
        ]),
      ),
    })),
  )
}
