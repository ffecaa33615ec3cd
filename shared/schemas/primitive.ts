import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { instantPattern } from '../instant.ts'

/** UUIDv7 (RFC 9562 section 5.7); any UUID is understood. */
export const Id = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'A UUID in lower case',
  'x-shown': { type: 'string', format: 'uuid' },
})

/** Several ids in one query parameter, with commas between them. */
export function idList(max: number) {
  const id = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
  return Type.String({
    pattern: `^${id}(,${id}){0,${max - 1}}$`,
    maxLength: max * 37,
    description: `Ids with commas between them, at most ${max}`,
  })
}

export function isId(value: unknown): value is string {
  return Value.Check(Id, value)
}

/** RFC 3339; without offset it is UTC. Answers are always `…T…:….…Z` with milliseconds. */
export const Instant = Type.String({
  pattern: instantPattern,
  maxLength: 40,
  description: 'RFC 3339 time, years 0001 to 9999; without offset it is read as UTC',
  examples: ['2027-01-31T09:00:00.000Z'],
  'x-shown': { type: 'string', format: 'date-time' },
})
export type Instant = Static<typeof Instant>

/** A bound of a window of time, in a query. */
export function windowBound(description: string) {
  const shown = { type: 'string', format: 'date-time', description }
  return Type.String({ ...Instant, description, 'x-shown': shown })
}

/**
 * Text that can be stored as it is: no NUL, which PostgreSQL cannot hold, no half of a pair.
 * Lengths count characters of Unicode, as JSON Schema does (draft 2020-12, 6.3.1): the pattern
 * counts them, and what looks at the length before it counts halves of pairs.
 */
export const text = (maxLength: number, minLength = 0, description?: string) =>
  Type.String({
    minLength,
    maxLength: 2 * maxLength,
    pattern:
      '^([\\u0001-\\ud7ff\\ue000-\\uffff]|[\\ud800-\\udbff][\\udc00-\\udfff])' +
      `{${minLength},${maxLength}}$`,
    description:
      description ?? `At most ${maxLength} characters of well-formed Unicode, none of them NUL`,
    // Half a pair cannot be said in a pattern that others than JavaScript read.
    'x-shown': {
      type: 'string',
      ...(minLength > 0 && { minLength }),
      maxLength,
      pattern: '^[^\\x00]*$',
      ...(description !== undefined && { description }),
    },
  })

// Characters that print; none that turns the order of those around it.
const printed =
  '[^\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]' +
  '|[\\ud800-\\udbff][\\udc00-\\udfff]'

/** A name that others are shown: one line, without spaces around it, of characters that print. */
export function shownName(maxLength: number, said: { description: string; examples: string[] }) {
  const shown = { minLength: 1, maxLength, ...said }
  return Type.String({
    ...shown,
    maxLength: 2 * maxLength,
    pattern: `^(?!\\s)(?:${printed}){1,${maxLength}}(?<!\\s)$`,
    // Others than JavaScript read this one.
    'x-shown': { type: 'string', ...shown, pattern: '^\\S(.*\\S)?$' },
  })
}

/** The most a client may keep in an object of its own, in bytes of JSON. */
export const jsonBytesMax = 4096

/** A JSON object of the client's own. Its size is checked where it is stored. */
export const JsonObject = Type.Record(Type.String(), Type.Unknown(), {
  'x-bytes-max': jsonBytesMax,
})
export type JsonObject = Static<typeof JsonObject>
