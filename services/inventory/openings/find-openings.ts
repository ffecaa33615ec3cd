import type { Caller } from '../../../shared/access.ts'
import type { TimeSpan } from '../span.ts'
import { isVisible } from '../visibility.ts'
import type { FreeTime } from './free-time.ts'
import type { Gap, GapList, Place } from './gap-list.ts'
import { alignStart, type Wanted } from './opening-query.ts'

/** A span that fits into a gap. */
export interface FoundOpening extends TimeSpan {
  resource: number
  freeUntil: number
}

// Searched in one go: a fraction of a millisecond. Other requests are served in between.
const inOnePiece = 5000

/** The earliest openings of all resources of a type that the caller sees. One for each gap. */
export async function findInType(
  free: FreeTime,
  type: string,
  { wanted, limit, caller }: Asked,
): Promise<FoundOpening[]> {
  const { after, length } = wanted
  const found: FoundOpening[] = []
  if (after + length > wanted.before) return found
  const list = free.ofType(type)
  const sees = ({ resource }: Gap) => isVisible(caller, free.find(resource) ?? nothing)
  for (const gap of list.around(after, length)) {
    if (found.length === limit) return found
    if (sees(gap)) add(found, gap, wanted)
  }
  let place: Place | undefined = { from: after, resource: 0 }
  while (place) {
    place = addFrom(list, place, { found, wanted, limit, sees })
    if (place) await yieldOnce()
  }
  return found
}

interface Asked {
  wanted: Wanted
  limit: number
  caller: Caller
}

interface Search extends Omit<Asked, 'caller'> {
  found: FoundOpening[]
  sees: (gap: Gap) => boolean
}

// Gone from service since the search began.
const nothing = { visible_to: null }

/** @returns where to continue; undefined when the search is complete */
function addFrom(list: GapList, place: Place, search: Search): Place | undefined {
  const { found, wanted, limit, sees } = search
  let seen = 0
  for (const gap of list.from(place, wanted.length)) {
    if (found.length === limit || gap.from + wanted.length > wanted.before) return undefined
    if (seen++ === inOnePiece) return gap
    if (sees(gap)) add(found, gap, wanted)
  }
  return undefined
}

/** The earliest openings of some resources. */
export async function findAmong(
  free: FreeTime,
  numbers: Iterable<number>,
  { wanted, limit }: { wanted: Wanted; limit: number },
): Promise<FoundOpening[]> {
  const all: FoundOpening[] = []
  let seen = 0
  for (const resource of numbers) {
    const found: FoundOpening[] = []
    for (const gap of free.gapsFrom(resource, wanted.after)) {
      seen++
      if (found.length === limit || gap.from + wanted.length > wanted.before) break
      add(found, gap, wanted)
    }
    all.push(...found)
    if (seen < inOnePiece) continue
    seen = 0
    await yieldOnce()
  }
  return all.toSorted((a, b) => a.from - b.from || a.resource - b.resource).slice(0, limit)
}

function add(found: FoundOpening[], gap: Gap, wanted: Wanted): void {
  const from = alignStart(Math.max(gap.from, wanted.after), wanted)
  const to = from + wanted.length
  if (to > gap.to || to > wanted.before) return
  found.push({ resource: gap.resource, from, to, freeUntil: gap.to })
}

function yieldOnce(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
