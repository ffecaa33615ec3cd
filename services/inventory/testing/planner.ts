import type { TimeSpan } from '../span.ts'
import type { Answer, Booked, Operation, Pool } from './operation.ts'
import { hour_ms } from '../../../shared/duration.ts'
import { createOracle } from './oracle.ts'
import { atNow, createBundleDraws } from './planner-bundle.ts'
import type { Random } from './random.ts'

/** Operations that are fired together, on bookings that were there before them. */
export interface Wave {
  /** What the clock of the system shows meanwhile. */
  now: number
  /** Those to make first. */
  newResources: { label: string; pool: number }[]
  operations: Operation[]
  /** What each would answer, one after the other. */
  expected: Answer[]
}

// Few resources and few hours: nearly everything meets something.
const resourcesAtOnce = 12
const hours = 48
// Long after today: the database ends holds by its own clock, and these only by hand.
const start = Date.parse('2131-01-01T00:00:00Z')
// So many resources, one after the other, are chosen from together.
const poolSize = 4
// A resource fills up with bookings that only a concurrent wave knows of; then it is left behind.
const operationsPerResource = 150
// What is decommissioned is still tried for a little while.
const operationsAfter = 10
// Repeats are of what was booked lately, else they would be of things nobody remembers.
const repeatsOfLast = 40

type Booking = Extract<Operation, { does: 'book' }>

interface Live {
  resource: string
  pool: Pool
  /** How many more operations it is good for. */
  left: number
  /** What could be aimed at when the wave began. */
  targets: Booked[]
}

/**
 * Draws waves of operations. The same random numbers give the same waves, whatever the databases
 * answer: what is there to aim at is what the oracle has, in the order of the plan.
 * @param family begins all labels, so that two plans never speak of the same thing
 */
export function createPlanner(random: Random, family: string) {
  const oracle = createOracle()
  const live: Live[] = []
  const booked: Booking[] = []
  const pools: Pool[] = []
  let made = 0
  const label = (kind: string) => `${family} ${kind} ${++made}`

  const { drawBundle, drawAny, drawHold } = createBundleDraws({ random, label, span: drawSpan })

  function toPool(resource: string): Pool {
    const last = pools.at(-1)
    if (last && last.resources.length < poolSize) {
      last.resources.push(resource)
      return last
    }
    // The two plans of a campaign share a database, and no pool.
    const pool = { number: 2 * pools.length + (family === 'wave' ? 1 : 0), resources: [resource] }
    pools.push(pool)
    return pool
  }

  function renew(): Wave['newResources'] {
    for (const one of live) {
      if (oracle.isDecommissioned(one.resource)) one.left = Math.min(one.left, operationsAfter)
    }
    const worn = live.filter(({ left }) => left <= 0)
    for (const one of worn) live.splice(live.indexOf(one), 1)
    const fresh = Array.from({ length: resourcesAtOnce - live.length }, () => label('resource'))
    const added = fresh.map((resource) => {
      const pool = toPool(resource)
      oracle.addResource(resource)
      live.push({ resource, pool, left: operationsPerResource, targets: [] })
      return { label: resource, pool: pool.number }
    })
    for (const one of live) one.targets = oracle.bookingsOf(one.resource)
    return added
  }

  function drawHour(): number {
    return start + random.integer(hours) * hour_ms
  }

  // Often exactly at, or one millisecond beside, a bound that is there already.
  function drawBound(targets: Booked[]): number {
    const span = random.oneIn(2) ? random.pick(targets)?.span : undefined
    const bound = span && (random.oneIn(2) ? span.from : span.to)
    const near = bound !== undefined && Number.isFinite(bound) ? bound : drawHour()
    // As far away as some resources are kept free.
    const time = random.oneIn(4) ? near + (random.integer(3) - 1) * (hour_ms / 2) : near
    return random.oneIn(4) ? time + random.integer(3) - 1 : time
  }

  function drawSpan(targets: Booked[]): TimeSpan {
    const bound = drawBound(targets)
    const length = (1 + random.integer(4)) * hour_ms
    const other = random.oneIn(6) ? drawBound(targets) : bound + length
    // Not put in order once in a while: an empty span, or one that ends before it begins.
    const isLeft = random.oneIn(30)
    const from = isLeft ? bound : Math.min(bound, other)
    const to = isLeft ? other : Math.max(bound, other)
    return {
      from: random.oneIn(100) ? -Infinity : from,
      to: random.oneIn(100) ? Infinity : to === from && !isLeft ? to + 1 : to,
    }
  }

  function drawTarget({ targets }: Live): string {
    const other = random.oneIn(20) ? random.pick(live)?.targets : undefined
    return random.pick(other ?? targets)?.booking ?? label('nothing')
  }

  function drawBooking({ resource, targets }: Live, now: number): Operation {
    const last = random.oneIn(6) ? random.pick(booked.slice(-repeatsOfLast)) : undefined
    if (last) {
      const again = atNow(last, now)
      return random.oneIn(3) ? reuseKey(again, drawSpan(targets)) : again
    }
    const booking = label('booking')
    const span = drawSpan(targets)
    const key = random.oneIn(3) ? { key: `key of ${booking}` } : {}
    const hold = drawHold(now)
    const operation = { does: 'book' as const, resource, booking, span, ...key, ...hold }
    if (operation.key) booked.push(operation)
    return operation
  }

  function reuseKey(last: Booking, span: TimeSpan): Operation {
    const isSame = span.from === last.span.from && span.to === last.span.to
    // The same request has the same label, so that a retry gets the same response.
    const booking = `${last.key} from ${span.from} to ${span.to}`
    return isSame ? last : { ...last, booking, span }
  }

  function drawChange(on: Live): Operation {
    const [change, booking] = [{ does: 'change' as const, resource: on.resource }, drawTarget(on)]
    const { from, to } = drawSpan(on.targets)
    const spans = [{ from, to }, { from, to }, { from }, { to }, {}]
    const version = random.oneIn(4) ? { ifVersion: 1 + random.integer(3) } : {}
    return { ...change, booking, span: random.pick(spans) ?? {}, ...version }
  }

  function drawByHand(on: Live): Operation {
    const { resource, targets } = on
    const ways = ['insert by hand', 'move by hand', 'remove by hand', 'end by hand'] as const
    const does = random.pick(ways)
    if (does === 'insert by hand') {
      return { does, resource, booking: label('booking'), span: drawSpan(targets) }
    }
    // An id alone names a row: by hand, nothing compares it with the resource of the path.
    const held = targets.filter((one) => oracle.isHeld(resource, one.booking))
    const aims = does === 'end by hand' && held.length > 0 ? held : targets
    const booking = random.pick(aims)?.booking ?? label('nothing')
    if (does === 'move by hand') return { does, resource, booking, span: drawSpan(targets) }
    return { does: does ?? 'remove by hand', resource, booking }
  }

  // By its id alone: a hold most of the time, also one that has ended.
  function drawById(on: Live, now: number): Operation {
    const { resource, targets } = on
    const held = targets.filter((one) => oracle.isHeld(resource, one.booking))
    const ended = random.oneIn(8) ? random.pick(oracle.endedOf(resource)) : undefined
    const target = random.pick(random.oneIn(4) || held.length === 0 ? targets : held)
    const booking = ended ?? target?.booking ?? label('nothing')
    const does = random.pick(['confirm', 'confirm', 'extend', 'give back'] as const)
    const version = random.oneIn(4) ? { ifVersion: 1 + random.integer(3) } : {}
    if (does === 'extend') {
      return { does, resource, booking, hold: { hours: 1 + random.integer(24), now }, ...version }
    }
    return { does: does ?? 'confirm', resource, booking, ...version }
  }

  function drawTogether(on: Live, now: number): Operation {
    const { pool } = on
    const shuffled = pool.resources
      .map((resource) => ({ resource, at: random.integer(1000) }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ resource }) => resource)
    if (random.oneIn(2)) return drawAny(on, { ...pool, resources: shuffled }, now)
    const others = Array.from({ length: random.integer(3) }, () => random.pick(live) ?? on)
    return drawBundle([...new Set([on, ...others])], now)
  }

  function drawWait(on: Live, now: number): Operation {
    const first = oracle.firstToLeave()
    if (first !== undefined) return { does: 'leave', resource: on.resource, booking: first }
    const entry = random.pick(oracle.entries())
    if (entry && random.oneIn(2)) {
      return { does: random.oneIn(3) ? 'leave' : 'look', resource: on.resource, booking: entry }
    }
    // Mostly for what somebody has.
    const taken = random.oneIn(4) ? undefined : random.pick(on.targets)?.span
    const { from, to } = taken ?? drawSpan(on.targets)
    const earliest = Number.isFinite(from) ? from : drawHour()
    const end = Number.isFinite(to) ? to : earliest + hour_ms
    const isFixed = random.oneIn(2)
    const length = isFixed ? end - earliest : (1 + random.integer(3)) * hour_ms
    const latest = isFixed ? end : earliest + length + random.integer(4) * hour_ms
    const wanted = { earliest, latest, length, now }
    const pool = random.oneIn(3) ? { pool: on.pool } : {}
    return { does: 'wait', resource: on.resource, booking: label('booking'), ...wanted, ...pool }
  }

  function drawOperation(now: number, crowd: Live | undefined): Operation {
    const on = crowd ?? random.pick(live)
    if (!on) throw new Error('There is always a live resource; see renew')
    on.left--
    const { resource } = on
    if (random.oneIn(100) && !oracle.wasRetiredAfter(resource, now)) {
      return { does: 'decommission', resource, cancel: random.oneIn(2), now }
    }
    const isRetired = oracle.isDecommissioned(resource)
    if (random.oneIn(isRetired ? 10 : 500)) return { does: 'put back', resource, now }
    // Who is served depends on the order, so only where one comes after the other.
    if (family === 'single' && random.oneIn(8)) return drawWait(on, now)
    const lot = random.integer(100)
    if (lot < 30) return drawBooking(on, now)
    if (lot < 44) return drawTogether(on, now)
    if (lot < 56) return drawById(on, now)
    if (lot < 70) return drawChange(on)
    if (lot < 80) {
      const version = random.oneIn(4) ? { ifVersion: 1 + random.integer(3) } : {}
      return { does: 'release', resource, booking: drawTarget(on), ...version }
    }
    return drawByHand(on)
  }

  // Now and then somebody else does the same at the same moment, where it can be told apart.
  function repeat(operation: Operation): Operation[] {
    const isPlain = operation.does === 'book' && operation.key === undefined
    const isBundle = operation.does === 'book bundle' && operation.key === undefined
    const isAlone = isPlain || isBundle || /^(insert by hand|book any)$/.test(operation.does)
    const times = /^(decommission|put back)$/.test(operation.does) ? 2 : 30
    return !isAlone && random.oneIn(times) ? [operation, operation] : [operation]
  }

  return {
    nextWave: (size: number): Wave => {
      const newResources = renew()
      // Never while something that is over still keeps its resource free: at the full hour or half.
      const now = drawHour() + hour_ms / 4
      // Everybody at one place, now and then.
      const crowd = random.oneIn(8) ? random.pick(live) : undefined
      const drawn = Array.from({ length: size }, () => drawOperation(now, crowd))
      const operations = drawn.flatMap(repeat).slice(0, size)
      return { now, newResources, operations, expected: operations.map(oracle.apply) }
    },
  }
}
