import type { TimeSpan } from '../span.ts'
import { createMaxima } from './maxima.ts'

/** Time in which a resource, by its number, is free. */
export interface Gap extends TimeSpan {
  resource: number
}

/** A place in the list, which is in the order of `from`, then `resource`. */
export type Place = Pick<Gap, 'from' | 'resource'>

// Arrays of numbers, as a million objects would burden the garbage collector.
interface Chunk {
  count: number
  from: Float64Array
  to: Float64Array
  resource: Int32Array
}

// A full one is split in halves.
const chunkMax = 128

/**
 * The free time of many resources, in chunks. Each knows its longest gap and its last end, so a
 * search skips chunks without a fit.
 */
export function createGapList() {
  const chunks: Chunk[] = []
  const longest = createMaxima()
  const latest = createMaxima()

  function insert(gap: Gap): void {
    const index = findChunk(chunks, gap)
    if (chunks.length === 0) place(0, 0, [createChunk()])
    const chunk = chunks[index] as Chunk
    const at = findPlace(chunk, gap)
    shift(chunk, at, 1)
    chunk.from[at] = gap.from
    chunk.to[at] = gap.to
    chunk.resource[at] = gap.resource
    longest.raise(index, gap.to - gap.from)
    latest.raise(index, gap.to)
    if (chunk.count === chunkMax) place(index, 1, split(chunk))
  }

  /** The gap is in the list. */
  function remove(gap: Gap): void {
    const index = findChunk(chunks, gap)
    const chunk = chunks[index] as Chunk
    shift(chunk, findPlace(chunk, gap) + 1, -1)
    place(index, 1, chunk.count === 0 ? [] : [chunk])
  }

  /** Puts chunks in the place of others. */
  function place(index: number, count: number, by: Chunk[]): void {
    chunks.splice(index, count, ...by)
    longest.replace(index, count, by.map(longestOf))
    latest.replace(index, count, by.map(latestOf))
  }

  /** Those that begin before a moment, and go on for a length from there. */
  function* around(moment: number, length: number): Generator<Gap> {
    const until = findChunk(chunks, { from: moment, resource: 0 })
    const next = (index: number) => latest.findNext(index, moment + length)
    for (let index = next(0); index !== undefined && index <= until; index = next(index + 1)) {
      const chunk = chunks[index] as Chunk
      const { from, to } = chunk
      for (let at = 0; at < chunk.count; at++) {
        const isAround = (from[at] as number) < moment && (to[at] as number) >= moment + length
        if (isAround) yield gapAt(chunk, at)
      }
    }
  }

  /** Those from a place on that have at least a length, in order. */
  function* from(start: Place, length: number): Generator<Gap> {
    const next = (index: number) => longest.findNext(index, length)
    for (let index = next(findChunk(chunks, start)); index !== undefined; index = next(index + 1)) {
      const chunk = chunks[index] as Chunk
      const { from, to } = chunk
      for (let at = findPlace(chunk, start); at < chunk.count; at++) {
        if ((to[at] as number) - (from[at] as number) >= length) yield gapAt(chunk, at)
      }
    }
  }

  return { insert, remove, around, from }
}

export type GapList = ReturnType<typeof createGapList>

function gapAt(chunk: Chunk, at: number): Gap {
  return {
    from: chunk.from[at] as number,
    to: chunk.to[at] as number,
    resource: chunk.resource[at] as number,
  }
}

function createChunk(): Chunk {
  const [from, to] = [new Float64Array(chunkMax), new Float64Array(chunkMax)]
  return { count: 0, from, to, resource: new Int32Array(chunkMax) }
}

/** Moves what begins at an index, to make room or to close a gap. */
function shift(chunk: Chunk, at: number, by: 1 | -1): void {
  chunk.from.copyWithin(at + by, at, chunk.count)
  chunk.to.copyWithin(at + by, at, chunk.count)
  chunk.resource.copyWithin(at + by, at, chunk.count)
  chunk.count += by
}

function split(chunk: Chunk): Chunk[] {
  const half = chunkMax / 2
  const rest = createChunk()
  rest.from.set(chunk.from.subarray(half))
  rest.to.set(chunk.to.subarray(half))
  rest.resource.set(chunk.resource.subarray(half))
  chunk.count = half
  rest.count = half
  return [chunk, rest]
}

function longestOf({ count, from, to }: Chunk): number {
  let longest = 0
  for (let at = 0; at < count; at++) {
    longest = Math.max(longest, (to[at] as number) - (from[at] as number))
  }
  return longest
}

function latestOf({ count, to }: Chunk): number {
  let latest = -Infinity
  for (let at = 0; at < count; at++) latest = Math.max(latest, to[at] as number)
  return latest
}

/** The chunk a place is in: the last one that begins at it or before. */
function findChunk(chunks: Chunk[], place: Place): number {
  let [low, high] = [0, chunks.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(chunks[middle] as Chunk, 0, place)) low = middle + 1
    else high = middle
  }
  // The place itself may begin the chunk that was passed over.
  const chunk = chunks[low]
  const isFirst = chunk?.from[0] === place.from && chunk.resource[0] === place.resource
  return isFirst ? low : Math.max(0, low - 1)
}

function findPlace(chunk: Chunk, place: Place): number {
  let [low, high] = [0, chunk.count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(chunk, middle, place)) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a gap comes before a place. */
function isBefore({ from, resource }: Chunk, at: number, place: Place): boolean {
  const start = from[at] as number
  return start < place.from || (start === place.from && (resource[at] as number) < place.resource)
}
