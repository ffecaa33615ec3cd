import { and, asc } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import type { Page, PageQuery } from '../../shared/page.ts'
import { invalid, ProblemError } from '../../shared/problem.ts'
import { toSlotStart } from '../../shared/slot-grid.ts'
import type { Availability, Slot } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { ResourcePath } from './booking.ts'
import { withBuffers, withoutBuffers } from './buffers.ts'
import { isBookable } from './free.ts'
import type { BookableType } from './resource-types.ts'
import type { FoundResource, ResourceFilter, Resources } from './resources.ts'
import { overlaps, readWindow, toSpan, type TimeSpan, type WindowQuery } from './span.ts'
import type { InventoryTables } from './tables.ts'
import { touches } from './touches.ts'
import { day_ms } from '../../shared/duration.ts'

// Two weeks of quarter hours are 1,344. Serializing this many blocks the thread for 3 ms.
const slotsMax = 1500
// Thirty a day for a month. For longer windows, list the bookings page by page.
const bookingsMax = 1000
const most = `${bookingsMax} bookings`
// A day rarely has more bookings than a page.
const shortWindow_ms = day_ms

/** Availability: of one resource, of its slots, or across all of a type. */
export function createAvailability(
  context: Context,
  tables: InventoryTables,
  resources: Resources,
) {
  const { store } = context
  const { allocations } = tables

  async function findBusy(number: number, window: TimeSpan, caller: Caller): Promise<TimeSpan[]> {
    const isShort = window.to - window.from <= shortWindow_ms
    const { db } = isShort ? store : store.scan(caller.id)
    const find = () =>
      db
        .select({ from: allocations.from_datetime, to: allocations.to_datetime })
        .from(allocations)
        .where(touches({ store, allocations }, number, window))
        .orderBy(asc(allocations.from_datetime))
    // Rows that are not returned are not fetched.
    if (!isShort && (await find().limit(1).offset(bookingsMax)).length > 0) throw tooLong(most)
    const rows = await find().limit(bookingsMax + 1)
    if (rows.length > bookingsMax) throw tooLong(most)
    return merge(rows, window)
  }

  /** The busy spans of a window, and where in it a new booking would fit with its buffers. */
  async function findBoth(
    { number, buffers }: FoundResource,
    window: TimeSpan,
    caller: Caller,
  ): Promise<{ busy: TimeSpan[]; free: TimeSpan[] }> {
    const around = withBuffers(window, buffers)
    const taken = await findBusy(number, around, caller)
    const free = gaps(taken, around).map((gap) => withoutBuffers(gap, buffers))
    return {
      busy: merge(
        taken.filter((span) => overlaps(span, window)),
        window,
      ),
      free: free.filter(({ from, to }) => from < to),
    }
  }

  async function ofResource(
    path: ResourcePath,
    window: TimeSpan,
    caller: Caller,
  ): Promise<Availability> {
    const resource = await resources.find(path, caller)
    const { busy, free } = await findBoth(resource, window, caller)
    return { busy: busy.map(toSpan), free: free.map(toSpan) }
  }

  async function slots(path: ResourcePath, window: TimeSpan, caller: Caller): Promise<Slot[]> {
    const resource = await resources.find(path, caller)
    const grid = toSlots(resource.type, window)
    const whole = { from: grid[0]?.from ?? window.from, to: grid.at(-1)?.to ?? window.to }
    const { free } = await findBoth(resource, whole, caller)
    let at = 0
    return grid.map((slot) => {
      while (at < free.length && (free[at]?.to ?? 0) < slot.to) at++
      return { ...toSpan(slot), free: (free[at]?.from ?? Infinity) <= slot.from }
    })
  }

  /** Lists the resources that are free for the whole window, by name. */
  function freeResources(
    filter: ResourceFilter,
    query: WindowQuery & PageQuery,
    caller: Caller,
  ): Promise<Page<Resource>> {
    const window = readWindow(query)
    // When nearly all are booked, this reads every one of them.
    const only = and(isBookable(store, tables, window), filter.only)
    return resources.list({ ...filter, only }, query, caller)
  }

  return { ofResource, slots, freeResources }
}

/** Clips sorted spans to the window and merges those that touch. */
function merge(spans: TimeSpan[], window: TimeSpan): TimeSpan[] {
  const merged: TimeSpan[] = []
  for (const span of spans) {
    const last = merged.at(-1)
    const cut = { from: Math.max(span.from, window.from), to: Math.min(span.to, window.to) }
    if (last && last.to === cut.from) last.to = cut.to
    else merged.push(cut)
  }
  return merged
}

function gaps(busy: TimeSpan[], window: TimeSpan): TimeSpan[] {
  const edges = [window.from, ...busy.flatMap(({ from, to }) => [from, to]), window.to]
  const pairs: TimeSpan[] = []
  for (let at = 0; at < edges.length; at += 2) {
    pairs.push({ from: edges[at] ?? NaN, to: edges[at + 1] ?? NaN })
  }
  return pairs.filter(({ from, to }) => from < to)
}

function toSlots({ grid, name }: BookableType, { from, to }: TimeSpan): TimeSpan[] {
  if (!grid) throw withoutSlots(name)
  const { length_ms: length } = grid
  const first = toSlotStart(from, grid)
  const count = Math.ceil((to - first) / length)
  if (!(count <= slotsMax)) throw tooLong(`${slotsMax} slots`)
  return Array.from({ length: count }, (_, index) => ({
    from: first + index * length,
    to: first + (index + 1) * length,
  }))
}

function withoutSlots(type: string): ProblemError {
  const detail = `A ${type} has no slots: it can be booked for any span.`
  return new ProblemError({ status: 404, code: 'slots_not_found', detail })
}

function tooLong(most: string) {
  const detail = `At most ${most}: give ?from and ?to closer together.`
  return invalid([{ pointer: '?to', detail }], 'window_too_long')
}
