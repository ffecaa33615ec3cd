import { Id, Instant } from '../../../shared/schemas/primitive.ts'

/** A schema of the document, with the keywords that the campaign uses. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  const?: unknown
  anyOf?: Schema[]
  examples?: unknown[]
  minLength?: number
  minimum?: number
  pattern?: string
  items?: Schema
  properties?: Record<string, Schema>
}

// The document names a format where a pattern is checked.
const formats: Record<string, string | undefined> = {
  uuid: Id.pattern,
  'date-time': Instant.pattern,
}

/** The same schema with its references resolved. */
export function rooted(schema: Schema, named: Record<string, Schema>): Schema {
  const { $ref, ...own } = schema
  if ($ref !== undefined) return rooted(named[$ref.split('/').at(-1) ?? ''] ?? {}, named)
  const { anyOf, items, properties } = own
  const checked = formats[own.format ?? '']
  return {
    ...own,
    ...(checked !== undefined && { pattern: checked }),
    ...(anyOf && { anyOf: anyOf.map((each) => rooted(each, named)) }),
    ...(items && { items: rooted(items, named) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, rooted(each, named)]),
      ),
    }),
  }
}

/** A value that fits a schema, or nearly: as an honest client would send it. */
export function sampleOf(schema: Schema): unknown {
  if (schema.examples) return schema.examples[0]
  if ('const' in schema) return schema.const
  if (schema.anyOf) return sampleOf(schema.anyOf[0] ?? {})
  const [type] = [schema.type].flat()
  switch (type) {
    case 'string':
      return sampleText(schema)
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    case 'array':
      return [sampleOf(schema.items ?? {})]
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, each]) => [name, sampleOf(each)]),
      )
    default:
      return null
  }
}

// Ids first: most paths need one.
const texts = ['0197a1f0-0000-7000-8000-000000000000', 'a'.repeat(64), '2027-01-31', '1', 'solve']

function sampleText({ pattern, minLength = 1 }: Schema): string {
  const plain = 'a'.repeat(Math.max(minLength, 1))
  if (pattern === undefined) return plain
  const form = new RegExp(pattern)
  return [plain, ...texts].find((text) => form.test(text)) ?? plain
}

/** The paths of the strings with a pattern in a value. */
export interface TextPlace {
  path: string[]
  pattern: string
}

export function listTexts(schema: Schema, path: string[] = []): TextPlace[] {
  const here = schema.pattern === undefined ? [] : [{ path, pattern: schema.pattern }]
  const members = Object.entries(schema.properties ?? {})
  return [
    ...here,
    ...(schema.anyOf ?? []).flatMap((each) => listTexts(each, path)),
    ...(schema.items ? listTexts(schema.items, [...path, '0']) : []),
    ...members.flatMap(([name, each]) => listTexts(each, [...path, name])),
  ]
}

/** A copy of a value with one part replaced or added. */
export function put(value: unknown, [name, ...rest]: string[], replacement: unknown): unknown {
  if (name === undefined) return replacement
  // All items have the same schema: the first stands for them.
  const [first] = name === '0' && Array.isArray(value) ? value : []
  if (name === '0') return [put(first, rest, replacement)]
  const members = typeof value === 'object' && value !== null ? value : {}
  const member = (members as Record<string, unknown>)[name]
  return { ...members, [name]: put(member, rest, replacement) }
}
