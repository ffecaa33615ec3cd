import { Type } from '@sinclair/typebox'
import { readInstant, toInstant } from '../../shared/instant.ts'
import { invalid, type FieldError, type ProblemError } from '../../shared/problem.ts'
import type { NewAllocation, Span } from '../../shared/schemas/allocation.ts'
import { windowBound } from '../../shared/schemas/primitive.ts'
import type { SlotGrid } from '../../shared/slot-grid.ts'
import type { BookableType } from './resource-types.ts'
import { minute_ms } from '../../shared/duration.ts'

/** The query parameters of a window of time. Spread into a route's query schema. */
export const windowQuery = {
  from: Type.Optional(windowBound('If omitted, unbounded')),
  to: Type.Optional(windowBound('If omitted, unbounded')),
}

export interface WindowQuery {
  from?: string | undefined
  to?: string | undefined
}

/** Half-open `[from, to)` in milliseconds since 1970; ±Infinity where unbounded. */
export interface TimeSpan {
  from: number
  to: number
}

/** Whether two spans share a moment. */
export function overlaps(a: TimeSpan, b: TimeSpan): boolean {
  return a.from < b.to && b.from < a.to
}

/**
 * Reads the span of a booking.
 * @param before the current span, for a change; bounds that are not given stay
 * @param errors receives a fault per invalid bound; do not use the span then
 */
export function readSpan(
  body: NewAllocation,
  before: TimeSpan | undefined,
  errors: FieldError[],
): TimeSpan {
  const span = {
    from: readBound('from', body, before?.from) ?? NaN,
    to: readBound('to', body, before?.to) ?? NaN,
  }
  for (const [name, value] of Object.entries(span)) {
    if (Number.isNaN(value)) errors.push(badBound(name as 'from' | 'to', body))
  }
  return span
}

/** @throws 422 `empty_span`, or `not_on_slot_grid` naming the grid of the type */
export function requireBookable({ grid }: BookableType, span: TimeSpan): void {
  if (span.from >= span.to) throw emptySpan('#/to_datetime')
  if (grid) requireOnGrid(grid, span)
}

/**
 * Reads the window of a query. A missing bound is unbounded.
 * @throws 422 for an invalid time, or a window that ends before it starts
 */
export function readWindow(query: WindowQuery): TimeSpan {
  const read = (text: string | undefined, unbounded: number) =>
    text === undefined ? unbounded : (readInstant(text) ?? NaN)
  const window = { from: read(query.from, -Infinity), to: read(query.to, Infinity) }
  const errors = (['from', 'to'] as const)
    .filter((name) => Number.isNaN(window[name]))
    .map((name) => ({ pointer: `?${name}`, detail: noSuchTime }))
  if (errors.length > 0) throw invalid(errors)
  if (window.from >= window.to) throw emptySpan('?to')
  return window
}

export function toSpan({ from, to }: TimeSpan): Span {
  return { from_datetime: toInstant(from), to_datetime: toInstant(to) }
}

export const noSuchTime =
  'Not a valid time. Use a form such as 2027-01-31T09:00:00Z, ' +
  'in the years 0001 to 9999, without leap seconds or 24:00.'

// Undefined when the bound is missing, contradicts its infinity flag, or is not a valid time.
function readBound(
  name: 'from' | 'to',
  body: NewAllocation,
  before: number | undefined,
): number | undefined {
  const text = body[`${name}_datetime`]
  const infinite = body[`${name}_infinity`]
  if (infinite === true) return text ? undefined : unbounded[name]
  if (typeof text === 'string') return readInstant(text)
  // Null without its flag is a mistake, unless the bound is infinite already.
  const stays = before !== undefined && (text === undefined || before === unbounded[name])
  if (!stays || (infinite === false && before === unbounded[name])) return undefined
  return before
}

const unbounded = { from: -Infinity, to: Infinity }

function badBound(name: 'from' | 'to', body: NewAllocation): FieldError {
  const text = body[`${name}_datetime`]
  const pointer = `#/${name}_datetime`
  if (typeof text !== 'string') {
    return {
      pointer,
      detail: `Give ${name}_datetime, or ${name}_infinity: true to leave it unbounded.`,
    }
  }
  if (body[`${name}_infinity`] === true) {
    return { pointer, detail: `With ${name}_infinity: true, ${name}_datetime must be null.` }
  }
  return { pointer, detail: noSuchTime }
}

/** 422 for a span that ends before it begins, or as it begins. */
export function emptySpan(pointer: string): ProblemError {
  const detail = 'The end must be after the start.'
  return invalid([{ pointer, detail }], 'empty_span')
}

/** Whether both ends are on the grid of a type, if it has one. */
export function fitsGrid({ grid }: BookableType, { from, to }: TimeSpan): boolean {
  return !grid || (isOnGrid(grid, from) && isOnGrid(grid, to))
}

function requireOnGrid(grid: SlotGrid, span: TimeSpan): void {
  const off = (['from', 'to'] as const).filter((name) => !isOnGrid(grid, span[name]))
  if (off.length === 0) return
  const minutes = grid.length_ms / minute_ms
  const origin = toInstant(grid.origin_ms)
  const detail = `Book whole slots of ${minutes} minutes, aligned to ${origin}.`
  const errors = off.map((name) => ({ pointer: `#/${name}_datetime`, detail }))
  throw invalid(errors, 'not_on_slot_grid')
}

function isOnGrid(grid: SlotGrid, time: number): boolean {
  return !Number.isFinite(time) || (time - grid.origin_ms) % grid.length_ms === 0
}
