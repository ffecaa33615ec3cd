export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** @param share from 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const [figure = NaN] = percentiles(values, [share])
  return figure
}

/** By nearest rank, so each is one of the values. NaN without values. */
export function percentiles(values: readonly number[], shares: readonly number[]): number[] {
  const sorted = Float64Array.from(values).toSorted()
  return shares.map((share) => sorted[Math.ceil(sorted.length * share) - 1] ?? NaN)
}
