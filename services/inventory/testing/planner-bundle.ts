import type { TimeSpan } from '../span.ts'
import type { Booked, Hold, Operation, Pool, WantedBooking } from './operation.ts'
import type { Random } from './random.ts'

type Doing<Does extends Operation['does']> = Extract<Operation, { does: Does }>

export interface Draws {
  random: Random
  label: (kind: string) => string
  span: (targets: Booked[]) => TimeSpan
}

interface Place {
  resource: string
  targets: Booked[]
}

// One in so many bookings is a hold.
const heldOneIn = 3
const repeatsOfLast = 10

/** Draws bookings of several things at once. */
export function createBundleDraws({ random, label, span }: Draws) {
  const booked: Doing<'book bundle'>[] = []

  function drawHold(now: number): { hold?: Hold } {
    return random.oneIn(heldOneIn) ? { hold: { hours: 1 + random.integer(24), now } } : {}
  }

  function drawWanted(on: Place, from?: TimeSpan): WantedBooking {
    return { resource: on.resource, booking: label('booking'), span: from ?? span(on.targets) }
  }

  // A kit at one time, or a series of one thing; now and then one that overlaps itself.
  function drawBundle(places: readonly Place[], now: number): Operation {
    const last = random.oneIn(6) ? random.pick(booked.slice(-repeatsOfLast)) : undefined
    if (last) return atNow(last, now)
    const [first] = places
    if (!first) throw new Error('A bundle is of something')
    const time = span(first.targets)
    const isKit = places.length > 1 && !random.oneIn(4)
    const wanted = isKit
      ? places.map((on) => drawWanted(on, time))
      : Array.from({ length: 1 + random.integer(3) }, () => drawWanted(first))
    const key = random.oneIn(3) ? { key: `key of ${wanted[0]?.booking}` } : {}
    const [resource, skip] = [wanted[0]?.resource ?? '', random.oneIn(3)]
    const does = 'book bundle' as const
    const operation = { does, resource, wanted, skip, ...key, ...drawHold(now) }
    if (operation.key) booked.push(operation)
    return operation
  }

  function drawAny(on: Place, pool: Pool, now: number): Operation {
    const wanted = Array.from({ length: 1 + random.integer(3) }, () => label('booking'))
    const [time, skip] = [span(on.targets), random.oneIn(3)]
    const { resource } = on
    return { does: 'book any', resource, pool, wanted, span: time, skip, ...drawHold(now) }
  }

  return { drawBundle, drawAny, drawHold }
}

/** The same again, at another moment: a hold begins when it is asked for. */
export function atNow<Asked extends { hold?: Hold }>(operation: Asked, now: number): Asked {
  return operation.hold ? { ...operation, hold: { ...operation.hold, now } } : operation
}
