import type { TimeSpan } from '../span.ts'

/** Time in which a resource, by its number, is free. */
export interface Gap extends TimeSpan {
  resource: number
}

/** A place in the list, which is in the order of `from`, then `resource`. */
export type Place = Pick<Gap, 'from' | 'resource'>

// Arrays of numbers: a million gaps as objects would be work for the garbage collector.
interface Chunk {
  from: number[]
  to: number[]
  resource: number[]
}

// A full one is split in halves. A million gaps are 4,000 to 8,000 chunks; a search that none of
// them fits passes over as many numbers.
const chunkMax = 256

/**
 * The free time of many resources, in chunks. Of each, the longest gap is known, and when the last
 * one ends: a search passes over all that does not fit without looking at it, however much it is.
 */
export function createGapList() {
  const chunks: Chunk[] = []
  const longest: number[] = []
  const latest: number[] = []

  function insert(gap: Gap): void {
    const index = findChunk(chunks, gap)
    if (chunks.length === 0) place(0, 0, [{ from: [], to: [], resource: [] }])
    const chunk = chunks[index] as Chunk
    const at = findPlace(chunk, gap)
    chunk.from.splice(at, 0, gap.from)
    chunk.to.splice(at, 0, gap.to)
    chunk.resource.splice(at, 0, gap.resource)
    longest[index] = Math.max(longest[index] as number, gap.to - gap.from)
    latest[index] = Math.max(latest[index] as number, gap.to)
    if (chunk.from.length > chunkMax) place(index, 1, split(chunk))
  }

  /** The gap is in the list. */
  function remove(gap: Gap): void {
    const index = findChunk(chunks, gap)
    const chunk = chunks[index] as Chunk
    const at = findPlace(chunk, gap)
    for (const values of [chunk.from, chunk.to, chunk.resource]) values.splice(at, 1)
    place(index, 1, chunk.from.length === 0 ? [] : [chunk])
  }

  /** Puts chunks in the place of others. */
  function place(index: number, count: number, by: Chunk[]): void {
    chunks.splice(index, count, ...by)
    longest.splice(index, count, ...by.map(lengthMax))
    latest.splice(index, count, ...by.map(({ to }) => Math.max(...to)))
  }

  /** Those that begin before a moment, and go on for a length from there. */
  function* around(moment: number, length: number): Generator<Gap> {
    const until = findChunk(chunks, { from: moment, resource: 0 })
    for (let index = 0; index <= until; index++) {
      if (!((latest[index] as number) >= moment + length)) continue
      const chunk = chunks[index] as Chunk
      const { from, to } = chunk
      for (let at = 0; at < from.length; at++) {
        if (Number(from[at]) < moment && Number(to[at]) >= moment + length) yield gapAt(chunk, at)
      }
    }
  }

  /** Those from a place on that have at least a length, in order. */
  function* from(start: Place, length: number): Generator<Gap> {
    const first = findChunk(chunks, start)
    for (let index = first; index < chunks.length; index++) {
      if ((longest[index] as number) < length) continue
      const chunk = chunks[index] as Chunk
      const begin = index === first ? findPlace(chunk, start) : 0
      const { from, to } = chunk
      for (let at = begin; at < from.length; at++) {
        if (Number(to[at]) - Number(from[at]) >= length) yield gapAt(chunk, at)
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

function lengthMax({ from, to }: Chunk): number {
  return from.reduce((most, start, at) => Math.max(most, (to[at] as number) - start), 0)
}

function split({ from, to, resource }: Chunk): Chunk[] {
  const half = chunkMax / 2
  return [
    { from: from.slice(0, half), to: to.slice(0, half), resource: resource.slice(0, half) },
    { from: from.slice(half), to: to.slice(half), resource: resource.slice(half) },
  ]
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
  let [low, high] = [0, chunk.from.length]
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
