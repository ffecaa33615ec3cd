import { invalid, type FieldError } from '../../../shared/problem.ts'
import type { HandoverField, NewHandover, NewRecord } from '../../../shared/schemas/handover.ts'
import type { ItemRow } from '../tables.ts'

/** The record of one resource. */
export interface ResourceRecord {
  item: ItemRow
  record: NewRecord
  /** Its place in the request. */
  pointer: string
}

/**
 * The records of a request, one for each resource of the booking.
 * @param required by the policy of each resource
 * @throws 422 `handover_incomplete` naming all that is missing
 */
export function readRecords(
  { items: given = [] }: NewHandover,
  items: ItemRow[],
  required: (item: ItemRow) => readonly HandoverField[],
): ResourceRecord[] {
  const errors = given.flatMap((record, at) => refuse(record, at, { given, items }))
  if (errors.length > 0) throw invalid(errors)
  requireAll(given, items)
  let next = given.length
  const found = items.map((item): ResourceRecord => {
    const at = given.findIndex(
      ({ resource_id: id }) => (id ?? item.resource_id) === item.resource_id,
    )
    return { item, record: given[at] ?? {}, pointer: `#/items/${at < 0 ? next++ : at}` }
  })
  const missing = found.flatMap(({ item, record, pointer }) =>
    required(item)
      .filter((field) => !isGiven(record, field))
      .map((field) => ({
        pointer: `${pointer}/${field}`,
        detail: sayMissing(field, item, items.length > 1),
      })),
  )
  if (missing.length > 0) throw invalid(missing, 'handover_incomplete')
  return found
}

/** Resources are handed over together: an omitted one is not returned unseen. */
function requireAll(given: NewRecord[], items: ItemRow[]): void {
  if (given.length === 0 || given.length === items.length) return
  const isNamed = (item: ItemRow) => given.some((it) => it.resource_id === item.resource_id)
  const rest = items.filter((item) => !isNamed(item))
  throw invalid(
    rest.map(({ resource_id, resource_type: type }, at) => ({
      pointer: `#/items/${given.length + at}/resource_id`,
      detail: `The ${type} ${resource_id} is part of this booking too. Name all of its resources.`,
    })),
    'handover_incomplete',
  )
}

function refuse(
  { resource_id: id }: NewRecord,
  at: number,
  { given, items }: { given: NewRecord[]; items: ItemRow[] },
): FieldError[] {
  const pointer = `#/items/${at}/resource_id`
  if (id === undefined) {
    return items.length === 1 && given.length === 1
      ? []
      : [{ pointer, detail: 'Say which resource of the booking it is.' }]
  }
  if (items.every(({ resource_id }) => resource_id !== id)) {
    return [{ pointer, detail: 'It is not part of this booking.' }]
  }
  const first = given.findIndex(({ resource_id }) => resource_id === id)
  return first === at ? [] : [{ pointer, detail: 'Name it only once.' }]
}

function isGiven(record: NewRecord, field: HandoverField): boolean {
  const value = record[field]
  return typeof value === 'object' ? value.length > 0 : value !== undefined && value !== ''
}

function sayMissing(field: HandoverField, item: ItemRow, isOneOfMany: boolean): string {
  const which = isOneOfMany ? ` ${item.resource_id}` : ''
  return `Record the ${names[field]}: the rules of this ${item.resource_type}${which} require it.`
}

const names: Record<HandoverField, string> = {
  odometer: 'odometer',
  fuel: 'fuel or charge',
  condition: 'condition',
  files: 'photos',
  note: 'note',
}
