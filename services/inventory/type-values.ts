import { readInstant, toInstant } from '../../shared/instant.ts'
import { invalid, type FieldError } from '../../shared/problem.ts'
import type {
  NewResourceType,
  PropertySchema,
  ResourceType,
  ResourceTypeChange,
} from '../../shared/schemas/resource-type.ts'
import { readPropertySchema } from './property-schema.ts'
import type { BookableType } from './resource-types.ts'
import type { ResourceTypeRow } from './tables.ts'

type Values = Omit<
  ResourceTypeRow,
  'number' | 'id' | 'declared' | 'managed_by' | 'created' | 'version'
>
type Grid = Pick<ResourceTypeRow, 'slot_seconds' | 'slot_origin'>

const slotOrigin = Date.parse('2000-01-01T00:00:00Z')

/**
 * Merges a body into the existing type, if any.
 * @throws 422 that lists every fault
 */
export function readTypeValues(
  body: NewResourceType | ResourceTypeChange,
  before?: Values,
): Values {
  const errors: FieldError[] = []
  const name = body.name ?? before?.name ?? ''
  const plural = body.plural ?? before?.plural ?? name
  const segment = body.segment ?? before?.segment ?? toSegment(plural)
  if (segment === '')
    errors.push({ pointer: '#/segment', detail: 'Give a segment, such as `meeting-rooms`.' })
  const grid = readGrid(body, before, errors)
  const property_schema =
    body.property_schema || !before
      ? JSON.stringify(readPropertySchema(body.property_schema ?? {}, errors))
      : before.property_schema
  if (errors.length > 0) throw invalid(errors)
  const buffers = {
    buffer_before_seconds: body.buffer_before_seconds ?? before?.buffer_before_seconds ?? 0,
    buffer_after_seconds: body.buffer_after_seconds ?? before?.buffer_after_seconds ?? 0,
  }
  return { name, plural, segment, ...grid, ...buffers, property_schema }
}

// "Meeting rooms" → `meeting-rooms`; letters without an ASCII equivalent are dropped.
function toSegment(plural: string): string {
  const letters = plural
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
  const words = letters.match(/[a-z0-9]+/g) ?? []
  return words
    .join('-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 50)
    .replace(/-$/, '')
}

function readGrid(
  body: NewResourceType | ResourceTypeChange,
  before: Grid | undefined,
  errors: FieldError[],
): Grid {
  const { kind, slot_seconds, slot_origin } = body
  const isInterval = kind ? kind === 'interval' : (slot_seconds ?? before?.slot_seconds) != null
  if (!isInterval || slot_seconds === null) {
    if (kind === 'interval' || slot_seconds != null || slot_origin != null) errors.push(noGrid)
    return { slot_seconds: null, slot_origin: null }
  }
  const seconds = slot_seconds ?? before?.slot_seconds
  if (seconds == null) errors.push(noLength)
  else if (seconds % 60 !== 0) errors.push(brokenMinutes)
  const origin =
    slot_origin == null ? (before?.slot_origin ?? slotOrigin) : readInstant(slot_origin)
  if (origin === undefined) errors.push(noSuchTime)
  return { slot_seconds: seconds ?? null, slot_origin: origin ?? null }
}

const noGrid: FieldError = {
  pointer: '#/kind',
  detail: 'slot_seconds and slot_origin are for interval types; a continuous type has neither.',
}
const noLength: FieldError = {
  pointer: '#/slot_seconds',
  detail: 'An interval type requires a slot length in seconds, such as 1800.',
}
const brokenMinutes: FieldError = {
  pointer: '#/slot_seconds',
  detail: 'The slot length must be whole minutes: a multiple of 60.',
}
const noSuchTime: FieldError = {
  pointer: '#/slot_origin',
  detail: 'Not a valid time. Use a form such as 2000-01-01T00:00:00Z.',
}

/** How resources of a type are booked. */
export function toBookable({
  name,
  slot_seconds,
  slot_origin,
  managed_by,
}: Grid & Pick<ResourceTypeRow, 'name' | 'managed_by'>): BookableType {
  const type = { name, ...(managed_by !== null && { managedBy: managed_by }) }
  if (slot_seconds === null || slot_origin === null) return type
  return { ...type, grid: { length_ms: slot_seconds * 1000, origin_ms: slot_origin } }
}

export function toPropertySchema({ property_schema }: Pick<Values, 'property_schema'>) {
  return JSON.parse(property_schema) as PropertySchema
}

/** The wire form of a row. */
export function toResourceType(row: Omit<ResourceTypeRow, 'number' | 'version'>): ResourceType {
  const { id, name, plural, segment, slot_seconds, slot_origin } = row
  const isDeclared = row.declared === 1
  return {
    id,
    name,
    resource_type: name,
    plural,
    segment,
    path: isDeclared ? `/api/${segment}` : '/api/resources',
    kind: slot_seconds === null ? 'continuous' : 'interval',
    slot_seconds,
    slot_origin: slot_origin === null ? null : toInstant(slot_origin),
    buffer_before_seconds: row.buffer_before_seconds,
    buffer_after_seconds: row.buffer_after_seconds,
    property_schema: toPropertySchema(row),
    declared: isDeclared,
    managed_by: row.managed_by,
    created: toInstant(row.created) ?? '',
  }
}
