import type { TSchema } from '@sinclair/typebox'

/** The largest JSON body, in bytes. Legitimate ones are a few kilobytes. */
export const bodyBytesMax = 64 * 1024

// Line breaks and indentation, and bodies where none is needed.
const slackBytes = 1024
// A UTF-16 unit as `\u00e9`, as some clients write everything beyond ASCII.
const characterBytes = 6
const numberBytes = 25
const literalBytes = 5

/**
 * How large the body of a route may be, computed from the largest value that fits its schema: a
 * sign-up needs four kilobytes, and more is not even read.
 * @param schema undefined for a route that takes no body
 * @returns bytes; never more than `bodyBytesMax`
 */
export function boundBody(schema: TSchema | undefined): number {
  return Math.min(bodyBytesMax, slackBytes + (schema ? measure(schema as Schema) : 0))
}

/** The keywords of JSON Schema that bound a value. */
interface Schema {
  type?: string
  const?: unknown
  anyOf?: Schema[]
  maxLength?: number
  maxItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: boolean
  /** The limit of a client's own object, as JSON. */
  'x-bytes-max'?: number
}

function measure(schema: Schema): number {
  if (schema.anyOf) return Math.max(...schema.anyOf.map(measure))
  if ('const' in schema) return JSON.stringify(schema.const).length
  switch (schema.type) {
    case 'string':
      return 2 + characterBytes * (schema.maxLength ?? Infinity)
    case 'integer':
    case 'number':
      return numberBytes
    case 'boolean':
    case 'null':
      return literalBytes
    case 'array':
      return 2 + (schema.maxItems ?? Infinity) * (1 + measure(schema.items ?? {}))
    case 'object':
      return measureObject(schema)
    default:
      return Infinity
  }
}

function measureObject({
  properties = {},
  additionalProperties = true,
  ...schema
}: Schema): number {
  if (additionalProperties) return characterBytes * (schema['x-bytes-max'] ?? Infinity)
  return Object.entries(properties).reduce(
    (sum, [name, property]) => sum + name.length + 4 + measure(property),
    2,
  )
}
