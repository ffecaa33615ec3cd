/**
 * Pads a list with its first item until its length is a power of two: for `IN (…)`, so that lists
 * of all lengths share few prepared statements.
 */
export function toFewLengths<T>(list: readonly T[]): T[] {
  const length = 2 ** Math.ceil(Math.log2(list.length))
  return Array.from({ length }, (_, at) => list[at] ?? (list[0] as T))
}
