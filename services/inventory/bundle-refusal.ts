import { asc } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { ItemRefusal } from '../../shared/schemas/allocation-bundle.ts'
import type { Store } from '@campus/store/store.ts'
import { toConflict } from './booking.ts'
import { asNeighbour, buffersOf, noBuffers, withBuffers, type Buffers } from './buffers.ts'
import type { WantedItem } from './bundle-items.ts'
import type { Unfit } from './bundle-slots.ts'
import type { Candidate, Candidates } from './candidates.ts'
import { mapWithPauses } from './map-with-pauses.ts'
import { toWantedSpan } from './overlap.ts'
import { toSlotEnd, type SlotGrid } from '../../shared/slot-grid.ts'
import { toSpan, type TimeSpan } from './span.ts'
import { findTouching, touches } from './touches.ts'
import { toBookable } from './type-values.ts'
import type { Types } from './types.ts'
import type { InventoryTables } from './tables.ts'

// Every item gets its conflicts; only the first ones get alternatives.
const advisedMax = 10
const conflictsMax = 3
const peersMax = 3
// Consecutive bookings to read before giving up on finding a free time.
const bookingsMax = 200

interface Search {
  span: TimeSpan
  buffers: Buffers
  apart: ReadonlySet<string>
}

interface Asked {
  /** The named resources that are in service, by id. */
  named: ReadonlyMap<string, Candidate>
  caller: Caller
  /** Whether the bookings have buffers. */
  keeps: boolean
  /** Items that cannot be booked, whatever is free. */
  unfit?: Unfit
  /** Items that keep the buffers they were booked with, whatever those of the resource are now. */
  kept?: ReadonlyMap<WantedItem, Buffers>
  /** Allocations that are moved, so not in the way. */
  apart?: ReadonlySet<string>
}

const nothing: ReadonlySet<string> = new Set()

/** Explains for each unavailable item why, with alternatives. */
export function createRefusals(
  store: Store,
  { allocations }: InventoryTables,
  { candidates, types }: { candidates: Candidates; types: Types },
) {
  /** @returns nothing for items without a conflict */
  return async function explain(
    items: readonly WantedItem[],
    { named, caller, keeps, unfit, kept, apart = nothing }: Asked,
  ): Promise<ItemRefusal[]> {
    const found = await mapWithPauses(items, async (wanted) => {
      const { at, item, span } = wanted
      const code = unfit?.get(wanted)
      if (code) return refusal(at, code)
      if (item.resource_id === undefined) return refusal(at, 'none_free')
      const resource = named.get(item.resource_id)
      if (!resource) return refusal(at, 'resource_not_found')
      const busy = withBuffers(span, kept?.get(wanted) ?? (await findBuffers(resource, keeps)))
      const conflicts = await findConflicts(resource, { span: busy, apart }, caller)
      if (conflicts.length === 0) return undefined
      const { resource_type } = resource
      const why = { ...refusal(at, 'allocation_overlap'), conflicts, resource_type }
      return { ...why, ...toWantedSpan(span, busy) }
    })
    const refused = found.filter((one) => one !== undefined)
    await mapWithPauses(refused.slice(0, advisedMax), async (one) => {
      const wanted = items.find(({ at }) => at === one.item) as WantedItem
      const { item, span } = wanted
      const resource = named.get(item.resource_id ?? '')
      if (!resource) return
      const type = await types.find(resource.resource_type)
      const { grid } = toBookable(type)
      one.next_free = await findNext(resource, grid, {
        span,
        buffers: kept?.get(wanted) ?? (keeps ? buffersOf(resource, type) : noBuffers),
        apart,
      })
      one.peers = await findPeers(resource, { span, ofType: keeps ? type : undefined }, caller)
    })
    return refused
  }

  async function findBuffers(resource: Candidate, keeps: boolean): Promise<Buffers> {
    return keeps ? buffersOf(resource, await types.find(resource.resource_type)) : noBuffers
  }

  async function findConflicts(
    resource: Candidate,
    { apart, span }: Pick<Search, 'span' | 'apart'>,
    caller: Caller,
  ) {
    const limit = conflictsMax + apart.size
    const wanted = { resource: resource.number, span, limit }
    const rows = await findTouching({ store, allocations }, wanted)
    const others = rows.filter(({ id }) => !apart.has(id)).slice(0, conflictsMax)
    return others.map((row) => toConflict(row, caller, resource))
  }

  async function findNext(
    { number }: Candidate,
    grid: SlotGrid | undefined,
    { span: { from, to }, buffers, apart }: Search,
  ) {
    const length = to - from
    if (!Number.isFinite(length)) return null
    const busy = withBuffers({ from, to }, buffers)
    const rows = await store.db
      .select({
        id: allocations.id,
        from: allocations.from_datetime,
        to: allocations.to_datetime,
      })
      .from(allocations)
      .where(touches({ store, allocations }, number, { from: busy.from, to: Infinity }))
      .orderBy(asc(allocations.from_datetime))
      .limit(bookingsMax)
    const align = (time: number) => toSlotEnd(time, grid)
    let start = align(from)
    const others = rows.filter(({ id }) => !apart.has(id))
    const taken = others.map((row) => withBuffers(row, asNeighbour(buffers)))
    for (const row of taken) {
      if (row.from - start >= length) break
      start = align(Math.max(start, row.to))
    }
    // Past the last booking read there may be more.
    const isRead = rows.length < bookingsMax || start + length <= (rows.at(-1)?.from ?? 0)
    const isKnown = Number.isFinite(start) && isRead
    return isKnown ? toSpan({ from: start, to: start + length }) : null
  }

  async function findPeers(
    { id, resource_type }: Candidate,
    wanted: { span: TimeSpan; ofType: Buffers | undefined },
    caller: Caller,
  ) {
    const search = { type: resource_type, filter: undefined, ...wanted, count: peersMax, caller }
    const found = await candidates.findFree(search)
    return found.filter((one) => one.id !== id).map(({ id: peer, name }) => ({ id: peer, name }))
  }
}

function refusal(item: number, code: ItemRefusal['code']): ItemRefusal {
  return { item, code, conflicts: [], next_free: null, peers: [] }
}
