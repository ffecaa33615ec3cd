// Of so many values, the greatest is known.
const groupSize = 64

/** A list of numbers that finds the next one of at least a given size without reading each. */
export function createMaxima() {
  const values: number[] = []
  const tops: number[] = []

  function measure(group: number): void {
    let top = -Infinity
    const end = Math.min(values.length, (group + 1) * groupSize)
    for (let at = group * groupSize; at < end; at++) top = Math.max(top, values[at] as number)
    tops[group] = top
  }

  /** Makes one greater. */
  function raise(index: number, value: number): void {
    const group = Math.floor(index / groupSize)
    values[index] = Math.max(values[index] as number, value)
    tops[group] = Math.max(tops[group] as number, value)
  }

  /** Puts values in the place of others. */
  function replace(index: number, count: number, by: number[]): void {
    values.splice(index, count, ...by)
    const first = Math.floor(index / groupSize)
    const groups = Math.ceil(values.length / groupSize)
    tops.length = groups
    const moved = by.length === count ? Math.floor((index + count - 1) / groupSize) + 1 : groups
    for (let group = first; group < moved; group++) measure(group)
  }

  /** The first index from one on whose value is at least so great; undefined when none is. */
  function findNext(from: number, least: number): number | undefined {
    for (let at = from; at < values.length;) {
      if (at % groupSize === 0 && (tops[at / groupSize] as number) < least) at += groupSize
      else if ((values[at] as number) >= least) return at
      else at++
    }
    return undefined
  }

  return { raise, replace, findNext }
}
