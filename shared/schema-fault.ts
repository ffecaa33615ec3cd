import type { TSchema } from '@sinclair/typebox'

/** What is wrong with one place in a value. */
export interface SchemaFault {
  /** The names that lead there; empty for the value itself. */
  path: string[]
  /** For people: what to send instead. */
  detail: string
}

// Nobody reads more mistakes than this one by one.
const faultsMax = 64
// Bounds a name in a response: a client's may be as long as its body.
const nameLengthMax = 100

/**
 * Reports where a value does not fit a schema. The cost is linear in the value: lengths are checked
 * before patterns, and it ends after 64 faults. TypeBox's own `Errors` runs a pattern over a string
 * of any length.
 * @returns empty when the value fits
 */
export function listFaults(schema: TSchema, value: unknown): SchemaFault[] {
  const faults: SchemaFault[] = []
  collect(schema as Schema, value, { path: [], faults })
  return faults
}

/** The keywords of JSON Schema that the wire models use. */
interface Schema {
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'object' | 'array'
  description?: string
  const?: unknown
  anyOf?: Schema[]
  minLength?: number
  maxLength?: number
  pattern?: string
  /** What the document shows, where it differs. */
  'x-shown'?: { maxLength?: number }
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  items?: Schema
  minProperties?: number
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean
}

interface Walk {
  path: string[]
  faults: SchemaFault[]
}

function collect(schema: Schema, value: unknown, walk: Walk): void {
  if (schema.anyOf) return collectUnion(schema, value, walk)
  if ('const' in schema) {
    if (value !== schema.const) report(walk, `Expected ${JSON.stringify(schema.const)}`)
    return
  }
  switch (schema.type) {
    case 'string':
      return report(walk, faultOfText(schema, value))
    case 'integer':
    case 'number':
      return report(walk, faultOfNumber(schema, value))
    case 'boolean':
      return report(walk, typeof value === 'boolean' ? undefined : 'Expected true or false')
    case 'null':
      return report(walk, value === null ? undefined : 'Expected null')
    case 'array':
      return collectItems(schema, value, walk)
    case 'object':
      return collectMembers(schema, value, walk)
    case undefined: // anything at all
  }
}

function report({ path, faults }: Walk, detail: string | undefined): void {
  if (detail !== undefined && faults.length < faultsMax) faults.push({ path, detail })
}

function faultOfText(schema: Schema, value: unknown): string | undefined {
  const { minLength = 0, maxLength = Infinity, pattern, description } = schema
  if (typeof value !== 'string') return 'Expected text'
  const charactersMax = schema['x-shown']?.maxLength ?? maxLength
  const isLong = value.length > maxLength || countCharacters(value) > charactersMax
  if (isLong) return `At most ${charactersMax} characters`
  if (countCharacters(value) < minLength) return `At least ${toCount(minLength, 'character')}`
  if (pattern === undefined || toPattern(pattern).test(value)) return undefined
  // A regular expression tells people nothing; its description does.
  return description === undefined ? 'Invalid value' : `Expected: ${description}`
}

// Half of a surrogate pair counts as one, too.
function countCharacters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

const patterns = new Map<string, RegExp>()

function toPattern(source: string): RegExp {
  const pattern = patterns.get(source) ?? new RegExp(source)
  patterns.set(source, pattern)
  return pattern
}

function faultOfNumber(schema: Schema, value: unknown): string | undefined {
  const { type, minimum = -Infinity, maximum = Infinity } = schema
  const isNumber = type === 'integer' ? Number.isInteger(value) : Number.isFinite(value)
  if (!isNumber) return type === 'integer' ? 'Expected a whole number' : 'Expected a number'
  if (Number(value) < minimum) return `At least ${minimum}`
  return Number(value) > maximum ? `At most ${maximum}` : undefined
}

function collectUnion(schema: Schema, value: unknown, walk: Walk): void {
  const { anyOf: members = [], description } = schema
  const attempts = members.map((member) => {
    const attempt: Walk = { path: walk.path, faults: [] }
    collect(member, value, attempt)
    return attempt.faults
  })
  if (attempts.some((faults) => faults.length === 0)) return
  // In `X or null` the value was meant as X.
  const [only = [], ...others] = attempts.filter((_, at) => members[at]?.type !== 'null')
  if (others.length === 0) walk.faults.push(...only)
  else report(walk, faultOfChoice(members, description))
}

function faultOfChoice(members: Schema[], description: string | undefined): string {
  if (members.every((member) => 'const' in member)) {
    return `Expected one of ${members.map((member) => JSON.stringify(member.const)).join(', ')}`
  }
  return description === undefined ? 'Invalid value' : `Expected: ${description}`
}

function collectItems(schema: Schema, value: unknown, walk: Walk): void {
  const { items = {}, minItems = 0, maxItems = Infinity } = schema
  if (!Array.isArray(value)) return report(walk, 'Expected a list')
  if (value.length > maxItems) return report(walk, `At most ${toCount(maxItems, 'item')}`)
  if (value.length < minItems) return report(walk, `At least ${toCount(minItems, 'item')}`)
  for (const [index, item] of value.entries()) {
    if (walk.faults.length === faultsMax) return
    collect(items, item, into(walk, String(index)))
  }
}

function collectMembers(schema: Schema, value: unknown, walk: Walk): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return report(walk, 'Expected an object')
  }
  const { properties = {}, required = [], additionalProperties = true, minProperties = 0 } = schema
  const members = value as Record<string, unknown>
  for (const [name, property] of Object.entries(properties)) {
    // JSON has no undefined: such a member is absent.
    const isThere = Object.hasOwn(members, name) && members[name] !== undefined
    if (isThere) collect(property, members[name], into(walk, name))
    else if (required.includes(name)) report(into(walk, name), 'Required')
  }
  const names = Object.getOwnPropertyNames(members)
  if (names.length < minProperties) report(walk, `At least ${toCount(minProperties, 'field')}`)
  // TypeBox's records have one pattern, which covers every name.
  const [record] = Object.values(schema.patternProperties ?? {})
  if (additionalProperties && !record) return
  for (const name of names) {
    if (walk.faults.length === faultsMax) return
    if (record) collect(record, members[name], into(walk, name))
    else if (!Object.hasOwn(properties, name)) report(into(walk, name), 'Unknown field')
  }
}

function into({ path, faults }: Walk, name: string): Walk {
  return { path: [...path, name.slice(0, nameLengthMax)], faults }
}

function toCount(count: number, noun: string): string {
  return count === 1 ? `one ${noun}` : `${count} ${noun}s`
}
