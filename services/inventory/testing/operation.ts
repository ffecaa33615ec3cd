import type { TimeSpan } from '../span.ts'
import { hour_ms, minute_ms } from '../../../shared/duration.ts'

/**
 * Something one can do to an inventory. Resources and bookings go by labels, so that a plan can be
 * made before the database has given them ids.
 */
export type Operation = { resource: string } & (
  | { does: 'book'; booking: string; span: TimeSpan; key?: string; hold?: Hold }
  /** All of them, or with `skip` those that can be had. `resource` is the first one. */
  | { does: 'book bundle'; wanted: WantedBooking[]; skip: boolean; key?: string; hold?: Hold }
  /** So many of a pool, which is named in the order of preference. */
  | { does: 'book any'; pool: Pool; wanted: string[]; span: TimeSpan; skip: boolean; hold?: Hold }
  /** Only the bounds that are there are sent; without any, the description changes. */
  | { does: 'change'; booking: string; span: Partial<TimeSpan>; ifVersion?: number }
  | { does: 'release'; booking: string; ifVersion?: number }
  /** By its id alone, as the two after it. */
  | { does: 'give back'; booking: string; ifVersion?: number }
  | { does: 'confirm'; booking: string; ifVersion?: number }
  /** From `now` on. */
  | { does: 'extend'; booking: string; hold: Hold; ifVersion?: number }
  /** At the moment `now`, which the clock of the system shows as well. */
  | { does: 'decommission'; cancel: boolean; now: number }
  | { does: 'put back'; now: number }
  | { does: 'insert by hand'; booking: string; span: TimeSpan }
  | { does: 'move by hand'; booking: string; span: TimeSpan }
  | { does: 'remove by hand'; booking: string }
  /** As if the time of a hold had passed; it is then offered to the waiting list. */
  | { does: 'end by hand'; booking: string }
  /** For `length` between two moments, of `resource`, or of any of a pool; all in milliseconds. */
  | {
      does: 'wait'
      booking: string
      pool?: Pool
      earliest: number
      latest: number
      length: number
      now: number
    }
  /** What became of an entry of the waiting list. */
  | { does: 'look'; booking: string }
  | { does: 'leave'; booking: string }
)

/** For how many hours from which moment something is held. */
export interface Hold {
  hours: number
  now: number
}

export interface Booked {
  booking: string
  span: TimeSpan
}

export interface WantedBooking extends Booked {
  resource: string
}

/** Resources that share a property, and nothing else has it. */
export interface Pool {
  number: number
  resources: string[]
}

/** An allocation as it was answered; `held_until` in milliseconds, null when it is confirmed. */
export interface Made extends WantedBooking {
  held_until: number | null
}

/** Why one of the items of a bundle cannot be had. */
export interface Refused {
  item: number
  code: string
  conflicts: Booked[]
}

/** What came of an operation, in labels. By hand, 200, 404 and 409 say what the SQL client said. */
export interface Answer {
  status: number
  /** The stable code of a refusal. */
  code?: string
  booking?: string
  span?: TimeSpan
  version?: number
  held_until?: number | null
  conflicts?: Booked[]
  /** Of a bundle: what was made, by resource and start; what was left out; what was in the way. */
  made?: Made[]
  skipped?: { item: number; code: string; count: number }[]
  refused?: Refused[]
  /** How many bookings keep a resource in use. */
  allocations?: number
  replayed?: boolean
  /** Of an entry of the waiting list: whether it waits; `made` is what it became. */
  waits?: boolean
}

/** What the label of the allocation is that decommissions a resource at a moment. */
export function tombstoneOf(resource: string, from: number): string {
  return `tombstone of ${resource} from ${from}`
}

export function isTombstone({ booking }: { booking: string }): boolean {
  return booking.startsWith('tombstone of ')
}

/** When a hold ends. */
export function endOf(hold: Hold | undefined): number | null {
  return hold ? hold.now + hold.hours * hour_ms : null
}

/** What is kept free around a booking, in milliseconds. */
export interface Buffers {
  before: number
  after: number
}

export const noBuffers: Buffers = { before: 0, after: 0 }

/** One resource in three is kept free; for half an hour between two bookings. */
export function buffersOf(resource: string): Buffers {
  const number = Number(/\d+$/.exec(resource)?.[0] ?? 0)
  return number % 3 === 2 ? { before: 23 * minute_ms, after: 7 * minute_ms } : noBuffers
}

/** What of it a span keeps: nothing at a bound without end. */
export function keptBy(span: TimeSpan, { before, after }: Buffers): Buffers {
  return { before: span.from === -Infinity ? 0 : before, after: span.to === Infinity ? 0 : after }
}

export function widen({ from, to }: TimeSpan, { before, after }: Buffers): TimeSpan {
  return { from: from - before, to: to + after }
}

/** Whether two bookings of a resource would be in each other's way. */
export function areTooClose(resource: string, a: TimeSpan, b: TimeSpan): boolean {
  const { before, after } = buffersOf(resource)
  return overlaps(widen(a, { before: before + after, after: before + after }), b)
}

/** The whole rule. */
export function overlaps(a: TimeSpan, b: TimeSpan): boolean {
  return a.from < b.to && b.from < a.to
}

export function refusal(status: number, code: string): Answer {
  return { status, code }
}

export function toBooked({ booking, span }: Booked): Booked {
  return { booking, span }
}

/** In which order answers about bundles are compared. */
export function byPlace(a: WantedBooking, b: WantedBooking): number {
  return a.resource.localeCompare(b.resource) || a.span.from - b.span.from
}

/** The resources an operation may touch. */
export function resourcesOf(operation: Operation): string[] {
  if (operation.does === 'book bundle') return operation.wanted.map(({ resource }) => resource)
  const pool = 'pool' in operation ? operation.pool : undefined
  return pool?.resources ?? [operation.resource]
}

/** As an operator reads it in a failure. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part === Infinity || part === -Infinity ? String(part) : part,
  )
}
