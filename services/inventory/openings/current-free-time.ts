import type { Context } from '../../../shared/context.ts'
import { bufferMax_ms } from '../buffers.ts'
import type { InventoryTables } from '../tables.ts'
import { createCalendarReader, listedAtOnce, resourcesAtOnce } from './calendar-reader.ts'
import { createEventReader, type EventFollower, type Happened } from './event-reader.ts'
import { createFreeTime, type FreeTime, type OpenResource } from './free-time.ts'
import { hour_ms } from '../../../shared/duration.ts'

interface Kept {
  free: FreeTime
  follower: EventFollower
  /** When it was begun: earlier than that, nothing is free. */
  since: number
  /** Resources to be read from their rows. */
  stale: Set<number>
  /** By the monotonic clock. */
  usedAt: number
  followedAt: number
}

// The memory is freed after this long without a search; the next search reads all rows.
const keepFor_ms = hour_ms
// Updates between searches, so that none has much to catch up with.
const followEvery_s = 1
const inOnePiece = 500
const scanners = 8

/**
 * The free time of all resources, in memory. Built from the rows by the first search, and updated
 * from the events, which are written in the same commits. So bookings pay nothing for it, and a
 * search sees everything committed before it, on every replica.
 */
export function createCurrentFreeTime(context: Context, tables: InventoryTables) {
  const { store, clock } = context
  const calendars = createCalendarReader(store, tables)
  const events = createEventReader(store, tables)
  let kept: Kept | undefined

  async function build(): Promise<Kept> {
    // Of several names, as it need not rest like a user who scans: pages are short.
    let page = 0
    const nextReader = () => store.scan(`openings ${page++ % scanners}`)
    // A booking may begin now, and is then kept free before.
    const since = clock() - bufferMax_ms
    const free = createFreeTime()
    const follower = await events.begin(nextReader())
    let listed: OpenResource[]
    let last = 0
    do {
      listed = await calendars.readResources(nextReader(), last)
      last = listed.at(-1)?.number ?? last
      for (let at = 0; at < listed.length; at += resourcesAtOnce) {
        const some = listed.slice(at, at + resourcesAtOnce)
        const found = await calendars.readCalendars(nextReader(), some, since)
        for (const { resource, gaps } of found) free.put(resource, gaps)
      }
    } while (listed.length === listedAtOnce)
    const now = performance.now()
    return { free, follower, since, stale: new Set(), usedAt: now, followedAt: now }
  }

  async function follow(state: Kept): Promise<void> {
    const now = performance.now()
    const { free, follower, stale, since } = state
    // In this order: a hold that has ended is then among what happened, or was earlier.
    const ended = await follower.readEndedHolds()
    for (const number of ended) stale.add(number)
    await apply(state, await follower.readNew())
    while (stale.size > 0) {
      const numbers = [...stale].slice(0, resourcesAtOnce)
      const found = await calendars.readThese(store, numbers, since)
      const open = new Map(found.map((one) => [one.resource.number, one]))
      for (const number of numbers) {
        const calendar = open.get(number)
        if (calendar) free.put(calendar.resource, calendar.gaps)
        else free.remove(number)
        stale.delete(number)
      }
    }
    state.followedAt = now
  }

  /** A caller that joins others must not get a state from before its call. */
  const update = shareNext(async () => {
    if (kept && (isOld(kept.followedAt) || clock() < kept.since)) kept = undefined
    kept ??= await build()
    await follow(kept)
    return kept
  })

  context.every(followEvery_s, 'follow free time', async () => {
    if (kept && isOld(kept.usedAt)) kept = undefined
    if (kept) await update()
  })

  return async (): Promise<FreeTime> => {
    const state = await update()
    state.usedAt = performance.now()
    return state.free
  }
}

function isOld(time: number): boolean {
  return performance.now() - time > keepFor_ms
}

// Bookings and releases say what changed, but not in which order, where transactions are side by
// side; then, and for all else, the rows tell.
async function apply({ free, stale }: Kept, happened: Happened[]): Promise<void> {
  let done = 0
  for (const [number, all] of Map.groupBy(happened, ({ resource }) => resource)) {
    if (all.every(({ kind }) => kind === 'allocation.created')) {
      for (const span of all) free.take(number, span)
    } else if (all.length === 1 && all[0]?.kind === 'allocation.released') {
      free.give(number, all[0])
    } else {
      stale.add(number)
    }
    done += all.length
    if (done < inOnePiece) continue
    done = 0
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Runs one at a time. Calls during a run share the next one. */
function shareNext<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> | undefined
  let next: Promise<T> | undefined

  async function start(): Promise<T> {
    next = undefined
    const current = run()
    running = current
    return current.finally(() => {
      if (running === current) running = undefined
    })
  }

  return () => {
    if (!running) return start()
    return (next ??= running.then(start, start))
  }
}
