import { requireOwner, type Caller } from '../../shared/access.ts'
import { toInstant } from '../../shared/instant.ts'
import { invalid, ProblemError, type FieldError } from '../../shared/problem.ts'
import type {
  Allocation,
  ConflictingAllocation,
  NewAllocation,
} from '../../shared/schemas/allocation.ts'
import { keepsBuffers, shownSpan, toBusySpan, toKept, type Buffers } from './buffers.ts'
import { writeJson } from './json-column.ts'
import { readHold } from './hold-time.ts'
import { requireMayBookFor } from './member-limits.ts'
import type { BookableType } from './resource-types.ts'
import { readSpan, requireBookable, toSpan } from './span.ts'
import { decommissioned, type AllocationRow } from './tables.ts'
import { isVisible, type Restricted } from './visibility.ts'

/** Identifies a resource, as its path does. */
export interface ResourcePath {
  /** The type required by the path, if any: `Car`. */
  type?: string
  resourceId: string
}

interface NewBooking {
  type: BookableType
  resourceId: string
  body: NewAllocation
  caller: Caller
}

/** The row of a new booking. @throws 422 that lists every fault */
export function toRow({ type, resourceId, body, caller }: NewBooking, id: string, now: number) {
  requireMayBookFor(caller, body.booked_for)
  const { span, details } = readValues(type, body, blank)
  return {
    id,
    resource_id: resourceId,
    resource_type: type.name,
    from_datetime: span.from,
    to_datetime: span.to,
    ...toKept(keepsBuffers(caller, details.allocation_type), span),
    ...details,
    held_until: readHold(body.hold_for, now),
    created: now,
    created_by: caller.id,
  }
}

type Values = Pick<
  AllocationRow,
  'allocation_type' | 'description' | 'dump' | 'booked_for' | 'reference'
>

export const blank: Values = {
  allocation_type: 'booking',
  description: '',
  dump: '{}',
  booked_for: null,
  reference: null,
}

/**
 * Merges a change into the existing booking.
 * @returns the span as people see it
 * @throws 422 that lists every fault
 */
export function readValues(
  type: BookableType,
  body: NewAllocation,
  before: Values & Partial<AllocationRow>,
) {
  const errors: FieldError[] = []
  const { from_datetime, to_datetime } = before
  const isThere = from_datetime !== undefined && to_datetime !== undefined
  const was = isThere ? shownSpan({ ...before, from_datetime, to_datetime }) : undefined
  const span = readSpan(body, was, errors)
  const details = readDetails(body, before, errors)
  if (errors.length > 0) throw invalid(errors)
  requireBookable(type, span)
  return { span, details }
}

/** Reads a booking except its span. Faults are added to `errors`. */
export function readDetails(
  body: Partial<Pick<NewAllocation, keyof Values>>,
  before: Values,
  errors: FieldError[],
): Values {
  if (body.allocation_type === decommissioned) errors.push(reservedWord)
  const dump = body.dump ? writeJson('dump', body.dump, errors) : before.dump
  return {
    allocation_type: body.allocation_type ?? before.allocation_type,
    description: body.description ?? before.description,
    dump,
    booked_for: body.booked_for ?? before.booked_for,
    reference: body.reference === undefined ? before.reference : body.reference,
  }
}

/** The owner of a booking: the user it is for, else its creator. */
export function ownerOf({ booked_for, created_by }: AllocationRow): string {
  return booked_for ?? created_by
}

/** Whether it is the caller's own, or was made by the calling service. */
export function isOwn({ id }: Caller, row: AllocationRow): boolean {
  return id === ownerOf(row) || (isOfService(row) && id === row.created_by)
}

/**
 * @throws 403 unless the caller owns it or is an administrator; its creator may have handed it
 *   over. 403 `managed` if a service made it, which knows its rules
 */
export function requireMayChange(caller: Caller, row: AllocationRow): void {
  if (caller.id !== row.created_by && isOfService(row)) {
    throw madeBy(row.created_by.slice('service:'.length), row.reference)
  }
  if (!isOwn(caller, row)) requireOwner(caller, ownerOf(row))
}

/** Whether another service made it, and so decides about it. */
export function isOfService({ created_by }: Pick<AllocationRow, 'created_by'>): boolean {
  return created_by.startsWith('service:')
}

function madeBy(service: string, reference: string | null): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'managed',
    detail: `It is part of ${reference ?? 'what was booked'}: change it at /api/${service}.`,
  })
}

/** The columns a change writes: only changed ones, as others may have been changed by hand. */
export function changed<Value extends object>(
  values: Value,
  before: Partial<Value>,
): Partial<Value> {
  const entries = Object.entries(values) as [keyof Value, unknown][]
  const news = entries.filter(([name, value]) => value !== before[name])
  return Object.fromEntries(news) as Partial<Value>
}

/** A conflicting booking as shown in a 409: whose it is, as far as the calendar says it too. */
export function toConflict(
  row: AllocationRow,
  caller: Caller,
  resource: Restricted,
): ConflictingAllocation {
  const mine = isOwn(caller, row)
  const isKnown = mine || isVisible(caller, resource)
  return {
    id: row.id,
    ...toSpan(shownSpan(row)),
    status: row.held_until === null ? 'confirmed' : 'held',
    mine,
    ...(isKnown && { booked_for: ownerOf(row), allocation_type: row.allocation_type }),
    ...toBusySpan(row),
  }
}

const reservedWord: FieldError = {
  pointer: '#/allocation_type',
  detail: 'This type is reserved. To decommission the resource, delete it.',
}

/** The wire form of a row. */
export function toAllocation(
  row: Omit<AllocationRow, 'resource_number' | 'version' | keyof Buffers> & Partial<Buffers>,
  type: Pick<BookableType, 'name'>,
  resourceId: string,
): Allocation {
  const { from, to } = shownSpan(row)
  return {
    id: row.id,
    resource_type: type.name,
    resource_id: resourceId,
    from_infinity: from === -Infinity,
    to_infinity: to === Infinity,
    ...toSpan({ from, to }),
    allocation_type: row.allocation_type,
    description: row.description,
    dump: JSON.parse(row.dump) as Allocation['dump'],
    created: toInstant(row.created) ?? '',
    created_by: row.created_by,
    booked_for: row.booked_for ?? row.created_by,
    reference: row.reference,
    status: row.held_until === null ? 'confirmed' : 'held',
    held_until: row.held_until === null ? null : toInstant(row.held_until),
    ...toBusySpan(row),
  }
}
