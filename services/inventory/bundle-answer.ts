import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { AllocatedBundle, Skipped } from '../../shared/schemas/allocation-bundle.ts'
import type { Pick } from '@campus/store/bundle.ts'
import { toAllocation } from './booking.ts'
import type { WantedItem } from './bundle-items.ts'
import type { BundleSlot, Unfit } from './bundle-slots.ts'
import type { Candidate } from './candidates.ts'

/** The stored response of a bundle: the request's part, and what the commit decided. */
export interface StoredBundle {
  slots: {
    item: number
    named: boolean
    allocation: Allocation
    of: [id: string, type: string][]
  }[]
  skipped: Skipped[]
  /** Added by the commit. */
  picks?: Pick[]
}

interface Asked {
  items: readonly WantedItem[]
  named: ReadonlyMap<string, Candidate>
  unfit: Unfit
}

type Row = Parameters<typeof toAllocation>[0]

export function toStored(
  rows: { slot: BundleSlot; row: Row }[],
  { items, named, unfit }: Asked,
): StoredBundle {
  const slots = rows.map(({ slot: { wanted, choices }, row }) => ({
    item: wanted.at,
    named: wanted.item.type === undefined,
    allocation: toAllocation(row, { name: '' }, ''),
    of: choices.map(({ id, resource_type }): [string, string] => [id, resource_type]),
  }))
  const skipped = items.flatMap((wanted): Skipped[] => {
    const { at, item, count } = wanted
    const missing = count - slots.filter((slot) => slot.item === at).length
    if (missing === 0) return []
    const isUnknown = item.resource_id !== undefined && !named.has(item.resource_id)
    const code = unfit.get(wanted) ?? (isUnknown ? 'resource_not_found' : 'none_free')
    return [{ item: at, code, count: missing }]
  })
  return { slots, skipped }
}

/** The response, to the first request and to every retry. */
export function toBundle({ slots, skipped, picks = [] }: StoredBundle): AllocatedBundle {
  const chosen = new Map(picks)
  const taken = slots.flatMap(({ item, allocation, of }, at) => {
    const [resource_id, resource_type] = of[chosen.get(at) ?? -1] ?? []
    if (resource_id === undefined || resource_type === undefined) return []
    return [{ item, allocation: { ...allocation, resource_id, resource_type } }]
  })
  const lost = slots.filter((_, at) => !chosen.has(at))
  const left = Map.groupBy(lost, ({ item }) => item)
  const lostItems = [...left].map(([item, same]): Skipped => {
    const code = same[0]?.named ? 'allocation_overlap' : 'none_free'
    const before = skipped.find((other) => other.item === item)
    return { item, code, count: same.length + (before?.count ?? 0) }
  })
  return {
    allocations: taken.toSorted((a, b) => a.item - b.item).map(({ allocation }) => allocation),
    skipped: [...skipped.filter(({ item }) => !left.has(item)), ...lostItems].toSorted(
      (a, b) => a.item - b.item,
    ),
  }
}
