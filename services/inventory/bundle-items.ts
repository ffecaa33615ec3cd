import type { Caller } from '../../shared/access.ts'
import { invalid, type FieldError } from '../../shared/problem.ts'
import type { NewAllocation } from '../../shared/schemas/allocation.ts'
import {
  bundleMax,
  type BundleItem,
  type NewBundle,
} from '../../shared/schemas/allocation-bundle.ts'
import { reservationMax } from '../../shared/schemas/reservation.ts'
import { requireMemberSpan } from './member-limits.ts'
import { emptySpan, readSpan, type TimeSpan } from './span.ts'

/** One item of a request, with its span. */
export interface WantedItem {
  /** Its index, from 0. */
  at: number
  item: BundleItem
  span: TimeSpan
  count: number
}

/**
 * Reads the items and their spans.
 * @throws 422 that lists every fault; `items_overlap` when two items book one resource at one time
 */
export function readItems(body: NewBundle, caller: Caller): WantedItem[] {
  const errors: FieldError[] = []
  const items = body.items.map((item, at): WantedItem => {
    const { resource_id, type, count = 1 } = item
    if ((resource_id === undefined) === (type === undefined)) {
      errors.push({ pointer: `#/items/${at}`, detail: 'Give either resource_id or type.' })
    } else if (type === undefined && (item.count ?? item.prefer ?? item.where) !== undefined) {
      errors.push({ pointer: `#/items/${at}`, detail: 'count, where and prefer require a type.' })
    }
    const span = readItemSpan(body, { item, pointer: `#/items/${at}` }, errors)
    return { at, item, span, count }
  })
  const total = items.reduce((sum, { count }) => sum + count, 0)
  const most = caller.role === 'system' ? reservationMax : bundleMax
  if (total > most) {
    const detail = `The request has ${total} allocations; at most ${most} are allowed.`
    errors.push({ pointer: '#/items', detail })
  }
  if (errors.length > 0) throw invalid(errors)
  for (const { span, at } of items) {
    if (span.from >= span.to) throw emptySpan(`#/items/${at}`)
    requireMemberSpan(caller, span)
  }
  requireApart(items)
  return items
}

const bounds = ['from_datetime', 'from_infinity', 'to_datetime', 'to_infinity'] as const

// The item's own span, or the common one.
function readItemSpan(
  body: NewBundle,
  { item, pointer: own }: { item: BundleItem; pointer: string },
  errors: FieldError[],
): TimeSpan {
  const isOwn = bounds.some((name) => item[name] !== undefined)
  const found: FieldError[] = []
  const span = readSpan((isOwn ? item : body) as NewAllocation, undefined, found)
  const parent = isOwn ? own : '#'
  for (const { pointer, detail } of found) {
    const path = pointer.replace('#', parent)
    if (!errors.some((error) => error.pointer === path)) errors.push({ pointer: path, detail })
  }
  return span
}

/**
 * @param apartOf how far apart two bookings of a resource must be, in milliseconds
 * @throws 422 `items_overlap`
 */
export function requireApart(
  items: readonly WantedItem[],
  apartOf: (resourceId: string) => number = () => 0,
): void {
  const byResource = Map.groupBy(items, ({ item }) => item.resource_id)
  for (const [resource, same] of byResource) {
    if (resource === undefined) continue
    const sorted = same.toSorted((a, b) => a.span.from - b.span.from)
    for (const [at, one] of sorted.entries()) {
      const next = sorted[at + 1]
      if (!next || next.span.from >= one.span.to + apartOf(resource)) continue
      const pointer = `#/items/${Math.max(one.at, next.at)}`
      const other = `item ${Math.min(one.at, next.at)} of the same resource`
      const detail =
        next.span.from < one.span.to
          ? `It overlaps ${other}.`
          : `It is too close to ${other}, which is kept free around each booking.`
      throw invalid([{ pointer, detail }], 'items_overlap')
    }
  }
}

/** Of items of one resource, in chronological order, those too close to an earlier one. */
export function listTooClose(
  items: readonly WantedItem[],
  apartOf: (resourceId: string) => number,
): WantedItem[] {
  const byResource = Map.groupBy(items, ({ item }) => item.resource_id)
  return [...byResource].flatMap(([resource, same]) => {
    if (resource === undefined) return []
    let end = -Infinity
    return same
      .toSorted((a, b) => a.span.from - b.span.from)
      .filter(({ span }) => {
        const isClose = span.from < end
        if (!isClose) end = span.to + apartOf(resource)
        return isClose
      })
  })
}
