import { sql, type Placeholder, type SQL } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import { toInstant } from '../../shared/instant.ts'
import type { BusySpan } from '../../shared/schemas/allocation.ts'
import type { Columns } from '@campus/store/columns.ts'
import type { TimeSpan } from './span.ts'
import type { AllocationRow, InventoryTables, ResourceRow } from './tables.ts'
import { day_ms } from '../../shared/duration.ts'

/** How long a resource is kept free before and after a booking. */
export type Buffers = Pick<AllocationRow, 'buffer_before_seconds' | 'buffer_after_seconds'>

/** The bounds of a row, which include its buffers. */
type Bounds = Pick<AllocationRow, 'from_datetime' | 'to_datetime'> & Partial<Buffers>

/** The longest buffer; the database checks it. */
export const bufferMax_ms = day_ms
export const noBuffers: Buffers = { buffer_before_seconds: 0, buffer_after_seconds: 0 }

/** The buffers of a resource: its own, else those of its type. */
export function buffersOf(resource: Pick<ResourceRow, keyof Buffers>, type: Buffers): Buffers {
  return {
    buffer_before_seconds: resource.buffer_before_seconds ?? type.buffer_before_seconds,
    buffer_after_seconds: resource.buffer_after_seconds ?? type.buffer_after_seconds,
  }
}

/** The minimum distance of two bookings, in milliseconds. */
export function lengthOf({ buffer_before_seconds, buffer_after_seconds }: Buffers): number {
  return 1000 * (buffer_before_seconds + buffer_after_seconds)
}

/** The span that a booking takes with its buffers. */
export function withBuffers({ from, to }: TimeSpan, buffers: Buffers): TimeSpan {
  const { buffer_before_seconds: before, buffer_after_seconds: after } = buffers
  return { from: from - 1000 * before, to: to + 1000 * after }
}

/** The distance that others must keep: their buffer before comes after this span. */
export function asNeighbour(buffers: Buffers): Buffers {
  return {
    buffer_before_seconds: buffers.buffer_after_seconds,
    buffer_after_seconds: buffers.buffer_before_seconds,
  }
}

/** What is left of free time after subtracting buffers; may be empty. */
export function withoutBuffers({ from, to }: TimeSpan, buffers: Buffers): TimeSpan {
  const { buffer_before_seconds: before, buffer_after_seconds: after } = buffers
  return { from: from + 1000 * before, to: to - 1000 * after }
}

/** The span of an allocation as people see it. */
export function shownSpan(row: Bounds): TimeSpan {
  return withoutBuffers({ from: row.from_datetime, to: row.to_datetime }, { ...noBuffers, ...row })
}

/** The busy span of an allocation on the wire; absent when it equals the shown one. */
export function toBusySpan(row: Bounds): BusySpan {
  if (!row.buffer_before_seconds && !row.buffer_after_seconds) return {}
  return { busy_from: toInstant(row.from_datetime), busy_to: toInstant(row.to_datetime) }
}

/** The bounds of a moved row: it keeps its buffers, except at an infinite bound. */
export function toMovedBounds(row: Buffers, span: TimeSpan): Required<Bounds> {
  const buffers = {
    buffer_before_seconds: span.from === -Infinity ? 0 : row.buffer_before_seconds,
    buffer_after_seconds: span.to === Infinity ? 0 : row.buffer_after_seconds,
  }
  const { from, to } = withBuffers(span, buffers)
  return { from_datetime: from, to_datetime: to, ...buffers }
}

/** Whether a new allocation has the buffers of its resource at each of its bounds: 1 or 0. */
export interface Kept {
  keep_before: number
  keep_after: number
}

/** Only administrators block a resource without buffers: with any type but `booking`. */
export function keepsBuffers(caller: Caller, allocationType = 'booking'): boolean {
  return allocationType === 'booking' || !isAdministrator(caller)
}

export function toKept(keeps: boolean, { from, to }: TimeSpan): Kept {
  return {
    keep_before: keeps && from !== -Infinity ? 1 : 0,
    keep_after: keeps && to !== Infinity ? 1 : 0,
  }
}

const before = 'i.keep_before * coalesce(r.buffer_before_seconds, t.buffer_before_seconds)'
const after = 'i.keep_after * coalesce(r.buffer_after_seconds, t.buffer_after_seconds)'

/**
 * For `insertInto` with resources as `r`: the commit adds the current buffers of the resource to
 * the shown span.
 */
export function stampBuffers({ second }: Pick<Columns, 'second'>) {
  return {
    join: 'JOIN resource_types t ON t.name = r.resource_type',
    compute: {
      from_datetime: `i.from_datetime - ${before} * ${second}`,
      to_datetime: `i.to_datetime + ${after} * ${second}`,
      buffer_before_seconds: before,
      buffer_after_seconds: after,
    },
    given: {
      from_datetime: 'instant',
      to_datetime: 'instant',
      keep_before: 'integer',
      keep_after: 'integer',
    },
  } as const
}

/** SQL for the bounds of allocations as people see them. */
export function shownBounds(
  { second }: Pick<Columns, 'second'>,
  { allocations }: Pick<InventoryTables, 'allocations'>,
): Record<'from' | 'to', SQL<number>> {
  const { from_datetime: from, to_datetime: to } = allocations
  const { buffer_before_seconds: first, buffer_after_seconds: last } = allocations
  const unit = sql.raw(second)
  return {
    from: sql`(${from} + ${first} * ${unit})`.mapWith(from) as SQL<number>,
    to: sql`(${to} - ${last} * ${unit})`.mapWith(to) as SQL<number>,
  }
}

/**
 * SQL for the buffers of a resource, in a query of resources.
 * @param ofType the buffers of their type, if all are of one; else they are looked up for each
 */
export function buffersInSql(
  { resources, resource_types }: InventoryTables,
  ofType?: Record<keyof Buffers, number | Placeholder>,
) {
  const lookUp = (name: keyof Buffers) => sql`(
    SELECT ${resource_types[name]} FROM ${resource_types}
    WHERE ${resource_types.name} = ${resources.resource_type})`
  const find = (name: keyof Buffers) =>
    sql`coalesce(${resources[name]}, ${ofType ? ofType[name] : lookUp(name)})`
  return { before: find('buffer_before_seconds'), after: find('buffer_after_seconds') }
}
