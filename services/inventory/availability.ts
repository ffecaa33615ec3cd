import { asc, sql } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import type { Context } from '../../shared/context.ts'
import type { Page, PageQuery } from '../../shared/page.ts'
import { invalid } from '../../shared/problem.ts'
import type { Availability, Slot } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { touches } from './allocations.ts'
import type { DeclaredType } from './resource-types.ts'
import type { Resources } from './resources.ts'
import { readWindow, toSpan, type TimeSpan, type WindowQuery } from './span.ts'
import type { InventoryTables } from './tables.ts'

// Two weeks of quarter hours are 1,344. Whoever asks next waits while this is written, 3 ms.
const slotsMax = 1500
// Thirty a day for a month. What touches a longer window is listed page by page, as bookings.
const bookingsMax = 1000

/** What is free: of one resource, on its grid, or among all of a type. */
export function createAvailability(
  context: Context,
  tables: InventoryTables,
  resources: Resources,
) {
  const { store } = context
  const { allocations } = tables

  async function findBusy(type: DeclaredType, id: string, window: TimeSpan): Promise<TimeSpan[]> {
    const { number } = await resources.find(type, id)
    const rows = await store.db
      .select({ from: allocations.from_datetime, to: allocations.to_datetime })
      .from(allocations)
      .where(touches(allocations, number, window))
      .orderBy(asc(allocations.from_datetime))
      .limit(bookingsMax + 1)
    if (rows.length > bookingsMax) throw tooLong(`${bookingsMax} bookings`)
    return merge(rows, window)
  }

  async function ofResource(
    type: DeclaredType,
    id: string,
    window: TimeSpan,
  ): Promise<Availability> {
    const busy = await findBusy(type, id, window)
    return { busy: busy.map(toSpan), free: gaps(busy, window).map(toSpan) }
  }

  async function slots(type: DeclaredType, id: string, window: TimeSpan): Promise<Slot[]> {
    const grid = toSlots(type, window)
    const busy = await findBusy(type, id, window)
    let at = 0
    return grid.map((slot) => {
      while (at < busy.length && (busy[at]?.to ?? 0) <= slot.from) at++
      const next = busy[at]
      return { ...toSpan(slot), free: next === undefined || next.from >= slot.to }
    })
  }

  /** The resources of a type that are free for the whole window, by name. */
  function freeResources(
    type: DeclaredType,
    query: WindowQuery & PageQuery,
    caller: Caller,
  ): Promise<Page<Resource>> {
    const window = readWindow(query)
    const to = sql.param(window.to, allocations.from_datetime)
    const from = sql.param(window.from, allocations.from_datetime)
    // The same probe as the rule itself: the last that starts before the end decides.
    const isFree = sql`NOT coalesce((
      SELECT a.to_datetime > ${from} FROM ${allocations} a
      WHERE a.resource_number = ${tables.resources.number} AND a.from_datetime < ${to}
      ORDER BY a.from_datetime DESC LIMIT 1), false)`
    // Where nearly all are taken, it looks at every one of them.
    return resources.list(type, query, { only: isFree, reader: store.scan(caller.id) })
  }

  return { ofResource, slots, freeResources }
}

/** Cuts the spans to the window and joins those that touch. They come in order. */
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

function toSlots({ grid, name }: DeclaredType, { from, to }: TimeSpan): TimeSpan[] {
  if (!grid) throw new Error(`${name} has no slots; only interval types have the route`)
  const { length_ms: length, origin_ms: origin } = grid
  const first = origin + Math.floor((from - origin) / length) * length
  const count = Math.ceil((to - first) / length)
  if (!(count <= slotsMax)) throw tooLong(`${slotsMax} slots`)
  return Array.from({ length: count }, (_, index) => ({
    from: first + index * length,
    to: first + (index + 1) * length,
  }))
}

function tooLong(most: string) {
  const detail = `Ask for at most ${most}: give ?from and ?to, closer together.`
  return invalid([{ pointer: '?to', detail }], 'window_too_long')
}
