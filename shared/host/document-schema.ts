type Members = Record<string, unknown>

/**
 * Schemas as the document shows them, where that differs from what is validated.
 * - another model (Elysia marks each named one with `$id`) becomes a reference to it
 * - `x-shown` replaces the schema it is in: for a number that a path holds as text, or a pattern
 *   that only JavaScript understands
 * - a nullable `enum` lists `null`, as JSON Schema requires (draft 2020-12, validation 6.1.2)
 * - `additionalProperties: true` is left out: it is the default, and generators would make a
 *   dictionary of it
 * - a number has the precision of JavaScript's
 * - a record becomes `additionalProperties`, which generators know
 * @param rootDepth the depth of the named models themselves, which stay as they are
 */
export function toShown(value: unknown, rootDepth = -1): unknown {
  if (Array.isArray(value)) return value.map((item) => toShown(item))
  if (typeof value !== 'object' || value === null) return value
  const schema = value as Members
  if ('$id' in schema && rootDepth !== 0) return nullable(schema, { $ref: schema['$id'] })
  if (schema['x-shown']) return nullable(schema, schema['x-shown'] as Members)
  const members = Object.entries(schema)
    .filter(([name, member]) => !isImplied(name, member))
    .map(([name, member]) => [name, toShown(member, rootDepth - 1)] as const)
  return toRecord(withFormat(withNull(Object.fromEntries(members))))
}

function isImplied(name: string, member: unknown): boolean {
  if (name === 'minLength') return member === 0
  return name === '$id' || (name === 'additionalProperties' && member === true)
}

function isNullable({ type }: Members): boolean {
  return Array.isArray(type) && type.includes('null')
}

// Elysia has merged `X or null` into one schema, with everything X has.
function nullable(schema: Members, shown: Members): Members {
  if (!isNullable(schema)) return shown
  if ('$ref' in shown) return { anyOf: [shown, { type: 'null' }] }
  return { ...shown, type: [shown['type'], 'null'] }
}

function withNull(schema: Members): Members {
  const { enum: values } = schema
  if (!isNullable(schema) || !Array.isArray(values) || values.includes(null)) return schema
  return { ...schema, enum: [...values, null] }
}

function withFormat(schema: Members): Members {
  const isNumber = [schema['type']].flat().includes('number')
  return isNumber ? { ...schema, format: 'double' } : schema
}

function toRecord({ patternProperties, ...schema }: Members): Members {
  if (typeof patternProperties !== 'object' || patternProperties === null) return schema
  const [value] = Object.values(patternProperties)
  return { ...schema, additionalProperties: value }
}
