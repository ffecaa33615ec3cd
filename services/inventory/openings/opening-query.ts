import { Type } from '@sinclair/typebox'
import { readInstant } from '../../../shared/instant.ts'
import { pageQuery } from '../../../shared/page.ts'
import { invalid, type FieldError } from '../../../shared/problem.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import type { SlotGrid } from '../../../shared/slot-grid.ts'
import type { BookableType } from '../resource-types.ts'
import { searchQuery } from '../resource-search.ts'
import { windowQuery } from '../span.ts'
import { day_ms, hour_ms, minute_ms } from '../../../shared/duration.ts'

/** What is looked for, in milliseconds. */
export interface Wanted {
  length: number
  /** The earliest possible start. */
  after: number
  /** The latest end. */
  before: number
  /** Starts are whole steps from there; 0: anywhere. */
  step: number
  origin: number
}

const durationPattern = '^P(\\d{1,3}D)?(T(\\d{1,4}H)?(\\d{1,5}M)?)?$'
const duration = (description: string) =>
  Type.String({ pattern: durationPattern, maxLength: 20, description, examples: ['PT3H'] })

export const openingQuery = {
  ...searchQuery,
  resource_id: Type.Optional(Id),
  duration: duration('An ISO 8601 duration in days, hours and minutes, at most 366 days'),
  after: windowQuery.from,
  before: windowQuery.to,
  step: Type.Optional(
    duration('The step between possible starts, counted from `after`; if omitted, any start'),
  ),
  limit: pageQuery.limit,
}

export interface OpeningQuery {
  type?: string | undefined
  q?: string | undefined
  where?: string | undefined
  resource_id?: string | undefined
  duration: string
  after?: string | undefined
  before?: string | undefined
  step?: string | undefined
  limit?: string | undefined
}

const latest_ms = Date.parse('9999-12-31T23:59:59.999Z')
const lengthMax_ms = 366 * day_ms

/**
 * Reads the query. Openings are not in the past, so the search begins now at the earliest. With a
 * grid they begin on it, and are whole slots.
 * @throws 422 that lists every fault
 */
export function readWanted(query: OpeningQuery, { grid }: BookableType, now: number): Wanted {
  const errors: FieldError[] = []
  const length = readLength('duration', query.duration, errors)
  const step = query.step === undefined ? 0 : readLength('step', query.step, errors)
  const origin = readMoment('after', query.after, errors) ?? toStep(now, minute_ms)
  const before = readMoment('before', query.before, errors) ?? latest_ms
  if (before <= Math.max(origin, now)) {
    errors.push({ pointer: '?before', detail: 'It must be later than ?after, and than now.' })
  }
  if (grid && step % grid.length_ms !== 0) errors.push(offGrid(grid))
  if (errors.length > 0) throw invalid(errors)
  const steps = grid
    ? {
        origin: grid.origin_ms + toStep(origin - grid.origin_ms, grid.length_ms),
        step: step || grid.length_ms,
      }
    : { origin, step }
  return {
    ...steps,
    length: grid ? toStep(length, grid.length_ms) : length,
    after: alignStart(Math.max(steps.origin, now), steps),
    before,
  }
}

/** The first possible start at a moment or later. */
export function alignStart(
  moment: number,
  { origin, step }: Pick<Wanted, 'origin' | 'step'>,
): number {
  return step === 0 ? moment : origin + toStep(moment - origin, step)
}

function toStep(length: number, step: number): number {
  return Math.ceil(length / step) * step
}

function readLength(name: 'duration' | 'step', text: string, errors: FieldError[]): number {
  const [, days, , hours, minutes] = new RegExp(durationPattern).exec(text) ?? []
  const read = (part: string | undefined) => Number(part?.slice(0, -1) ?? 0)
  const length = read(days) * day_ms + read(hours) * hour_ms + read(minutes) * minute_ms
  if (length < minute_ms || length > lengthMax_ms) {
    const detail = 'From one minute, PT1M, to 366 days, P366D.'
    errors.push({ pointer: `?${name}`, detail })
  }
  return length
}

function readMoment(name: 'after' | 'before', text: string | undefined, errors: FieldError[]) {
  if (text === undefined) return undefined
  const moment = readInstant(text)
  if (moment === undefined) {
    const detail = 'Not a valid time. Use a form such as 2027-01-31T09:00:00Z.'
    errors.push({ pointer: `?${name}`, detail })
  }
  return moment
}

function offGrid({ length_ms }: SlotGrid): FieldError {
  const detail = `Give whole slots: a multiple of ${length_ms / minute_ms} minutes.`
  return { pointer: '?step', detail }
}
