import type { TimeSpan } from '../span.ts'

/**
 * Something one can do to an inventory. Resources and bookings go by labels, so that a plan can be
 * made before the database has given them ids.
 */
export type Operation = { resource: string } & (
  | { does: 'book'; booking: string; span: TimeSpan; key?: string }
  /** Only the bounds that are there are sent; without any, the description changes. */
  | { does: 'change'; booking: string; span: Partial<TimeSpan>; ifVersion?: number }
  | { does: 'release'; booking: string; ifVersion?: number }
  /** At the moment `now`, which the clock of the system shows as well. */
  | { does: 'decommission'; cancel: boolean; now: number }
  | { does: 'insert by hand'; booking: string; span: TimeSpan }
  | { does: 'move by hand'; booking: string; span: TimeSpan }
  | { does: 'remove by hand'; booking: string }
)

export interface Booked {
  booking: string
  span: TimeSpan
}

/** What came of an operation, in labels. By hand, 200, 404 and 409 say what the SQL client said. */
export interface Answer {
  status: number
  /** The stable code of a refusal. */
  code?: string
  booking?: string
  span?: TimeSpan
  version?: number
  conflicts?: Booked[]
  /** How many bookings keep a resource in use. */
  allocations?: number
  replayed?: boolean
}

/** What the label of the allocation is that decommissions a resource. */
export function tombstoneOf(resource: string): string {
  return `tombstone of ${resource}`
}

/** As an operator reads it in a failure. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part === Infinity || part === -Infinity ? String(part) : part,
  )
}
