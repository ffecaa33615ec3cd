import type { AllocationVersion } from '../../shared/schemas/allocation-history.ts'
import type { Allocation, Span } from '../../shared/schemas/allocation.ts'

/** Where a booking may be: at a span, as `from/to` in milliseconds, or nowhere. */
export type Place = string
export const nowhere: Place = 'nowhere'

/** One requested booking, with every state that the responses allow. */
export interface Booking {
  /** Its description in the database: also finds a booking whose response was lost. */
  readonly token: string
  /** `/api/cars/{id}` */
  readonly resource: string
  /** One place, or several while a request without a response may or may not have taken effect. */
  places: Set<Place>
  /** The last acknowledged state; undefined while in doubt. */
  answer: Allocation | undefined
  wasReleased: boolean
  /** All states that were ever acknowledged. */
  versions: Allocation[]
}

export type FaultKind =
  | 'partial'
  | 'lost'
  | 'forgotten'
  | 'misplaced'
  | 'altered'
  | 'back after release'
  | 'refused yet stored'
  | 'stored twice'
  | 'never asked for'
  | 'wrong answer'
  | 'wrong repeat'
  | 'overlap'
  | 'wrong count'

export interface Fault {
  kind: FaultKind
  detail: string
}

/** Records what was acknowledged, to be compared with the database. */
export interface Ledger {
  add: (token: string, resource: string) => Booking
  /** Compares the bookings of these resources with all their rows in the database. */
  compare: (resources: readonly string[], rows: readonly Allocation[]) => Fault[]
  /** Compares them with their history, which must have every acknowledged version. */
  compareHistory: (resources: readonly string[], history: readonly AllocationVersion[]) => Fault[]
  resources: () => string[]
  /** The current number of bookings; exact right after `compare`. */
  count: () => number
}

export function createLedger(): Ledger {
  const byResource = new Map<string, Map<string, Booking>>()

  function add(token: string, resource: string): Booking {
    const booking: Booking = {
      token,
      resource,
      places: new Set([nowhere]),
      answer: undefined,
      wasReleased: false,
      versions: [],
    }
    const bookings = byResource.get(resource) ?? new Map<string, Booking>()
    byResource.set(resource, bookings.set(token, booking))
    return booking
  }

  function compare(resources: readonly string[], rows: readonly Allocation[]): Fault[] {
    const expected = new Map(resources.flatMap((name) => [...(byResource.get(name) ?? [])]))
    const found = new Map<string, Allocation>()
    const faults: Fault[] = []
    for (const row of rows) {
      const token = tokenOf(row)
      if (found.has(token)) faults.push(fault('stored twice', token, row))
      if (!expected.has(token)) faults.push(fault('never asked for', token, row))
      found.set(token, row)
    }
    faults.push(...findPartial(rows))
    for (const booking of expected.values()) {
      const row = found.get(booking.token)
      const kind = judge(booking, row)
      if (kind) faults.push(fault(kind, booking.token, { booking, row }))
      // From here on the effect of requests without a response is known.
      booking.places = new Set([placeOf(row)])
      booking.answer = row
    }
    return faults
  }

  function compareHistory(
    resources: readonly string[],
    history: readonly AllocationVersion[],
  ): Fault[] {
    const found = Map.groupBy(history, ({ allocation }) => allocation.id)
    const bookings = resources.flatMap((name) => [...(byResource.get(name)?.values() ?? [])])
    return bookings.flatMap(({ token, versions }) =>
      versions
        .filter((one) => !found.get(one.id)?.some((it) => Bun.deepEquals(it.allocation, one)))
        .map((one) => fault('forgotten', token, one)),
    )
  }

  return {
    add,
    compare,
    compareHistory,
    resources: () => [...byResource.keys()],
    count: () => {
      const all = [...byResource.values()].flatMap((bookings) => [...bookings.values()])
      return all.filter(({ places }) => !places.has(nowhere)).length
    },
  }
}

/** The booking is as the response says. */
export function acknowledge(booking: Booking, answer: Allocation): void {
  booking.places = new Set([placeOf(answer)])
  booking.answer = answer
  booking.versions.push(answer)
}

export function acknowledgeRelease(booking: Booking): void {
  booking.places = new Set([nowhere])
  booking.answer = undefined
  booking.wasReleased = true
}

/** Without a response: from now on it may also be at this place. */
export function doubt(booking: Booking, place: Place): void {
  booking.places.add(place)
  booking.answer = undefined
}

export function placeOf(span: Span | undefined): Place {
  return span
    ? `${Date.parse(span.from_datetime ?? '')}/${Date.parse(span.to_datetime ?? '')}`
    : nowhere
}

/** The description of a bundle of that size. Bundles are only released completely. */
export function nameBundle(size: number): string {
  return `bundle of ${size} ${Bun.randomUUIDv7()}`
}

/** What finds a booking: its description, in a bundle with its resource. */
export function tokenOf(row: Pick<Allocation, 'description' | 'resource_id'>): string {
  const { description, resource_id } = row
  return description.startsWith('bundle of ') ? `${description} on ${resource_id}` : description
}

function findPartial(rows: readonly Allocation[]): Fault[] {
  const bundles = Map.groupBy(rows, ({ description }) => description)
  return [...bundles].flatMap(([description, parts]) => {
    const size = Number(/^bundle of (\d+) /.exec(description)?.[1] ?? parts.length)
    return parts.length === size ? [] : [fault('partial', description, parts)]
  })
}

function judge(booking: Booking, row: Allocation | undefined): FaultKind | undefined {
  const { places, answer } = booking
  if (places.has(placeOf(row))) {
    return answer && !Bun.deepEquals(answer, row) ? 'altered' : undefined
  }
  if (!row) return 'lost'
  if (places.size > 1 || !places.has(nowhere)) return 'misplaced'
  return booking.wasReleased ? 'back after release' : 'refused yet stored'
}

function fault(kind: FaultKind, token: string, found: unknown): Fault {
  const replacer = (_: string, value: unknown) => (value instanceof Set ? [...value] : value)
  return { kind, detail: `${token}: ${JSON.stringify(found, replacer)}` }
}
