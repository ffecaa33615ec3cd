/**
 * Whether a webhook wants events of a type.
 * @param patterns `*` for all, `booking.*` for all of bookings, or a type
 */
export function wants(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*') return true
    return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
  })
}
