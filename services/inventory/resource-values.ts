import { fold } from '../../shared/fold.ts'
import { toInstant } from '../../shared/instant.ts'
import { invalid, type FieldError } from '../../shared/problem.ts'
import type { NewResource, Resource, ResourceChange } from '../../shared/schemas/resource.ts'
import type { PropertySchema } from '../../shared/schemas/resource-type.ts'
import { isTimeZone } from '../../shared/time-zone.ts'
import { writeJson } from './json-column.ts'
import { checkProperties } from './property-schema.ts'
import type { ResourceRow } from './tables.ts'
import { toVisibleTo, writeGroups, type Viewer } from './visibility.ts'

type Values = Omit<
  ResourceRow,
  'number' | 'id' | 'resource_type' | 'created' | 'version' | 'decommissioned'
>

/**
 * Merges a body into the existing resource, if any. Properties are checked only when given, even if
 * the rules of the type have changed since.
 * @throws 422 that lists every fault
 */
export function readResourceValues(
  body: NewResource | ResourceChange,
  schema: PropertySchema,
  before?: Values,
): Values {
  const errors: FieldError[] = []
  const properties = body.properties ?? (before ? undefined : {})
  if (properties) checkProperties(schema, properties, errors)
  const text = properties ? writeJson('properties', properties, errors) : (before?.properties ?? '')
  const { time_zone = before?.time_zone ?? null } = body
  if (body.time_zone && !isTimeZone(body.time_zone)) errors.push(noSuchZone)
  if (errors.length > 0) throw invalid(errors)
  const name = body.name ?? before?.name ?? ''
  return {
    name,
    // Two names that fold alike from before that was refused: everything but the name can be
    // changed.
    search_name: before?.name === name ? before.search_name : fold(name),
    properties: text,
    note: body.note ?? before?.note ?? '',
    photo: body.photo === undefined ? (before?.photo ?? null) : body.photo,
    time_zone,
    visible_to:
      body.visible_to === undefined ? (before?.visible_to ?? null) : writeGroups(body.visible_to),
    buffer_before_seconds: toBuffer(body.buffer_before_seconds, before?.buffer_before_seconds),
    buffer_after_seconds: toBuffer(body.buffer_after_seconds, before?.buffer_after_seconds),
  }
}

function toBuffer(given: number | null | undefined, before: number | null = null): number | null {
  return given === undefined ? before : given
}

const noSuchZone: FieldError = {
  pointer: '#/time_zone',
  detail: 'Unknown time zone. Use an IANA name, such as Europe/Berlin.',
}

/** The wire form of a row, for a viewer. */
export function toResource(
  row: Omit<ResourceRow, 'number' | 'version' | 'search_name'>,
  timeZone: string,
  viewer: Viewer,
): Resource {
  return {
    id: row.id,
    name: row.name,
    resource_type: row.resource_type,
    created: toInstant(row.created) ?? '',
    properties: JSON.parse(row.properties) as Resource['properties'],
    note: row.note,
    photo: row.photo,
    time_zone: row.time_zone ?? timeZone,
    visible_to: toVisibleTo(viewer, row),
    buffer_before_seconds: row.buffer_before_seconds,
    buffer_after_seconds: row.buffer_after_seconds,
    retired: row.decommissioned === null ? null : toInstant(row.decommissioned),
  }
}
