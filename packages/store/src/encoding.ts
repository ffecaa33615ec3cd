// How values are kept. Without drizzle, which the writing thread does not load.

/** Infinity on SQLite, whose integers have none; -Infinity is its negative. */
export const infinity_ms = Number.MAX_SAFE_INTEGER

export function idToBytes(id: string): Uint8Array {
  return Uint8Array.fromHex(id.replaceAll('-', ''))
}

export function bytesToId(bytes: Uint8Array): string {
  const hex = bytes.toHex()
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

export function instantToInteger(time_ms: number): number {
  return Math.max(-infinity_ms, Math.min(infinity_ms, time_ms))
}

export function integerToInstant(integer: number): number {
  if (integer >= infinity_ms) return Infinity
  return integer <= -infinity_ms ? -Infinity : integer
}

export function instantToText(time_ms: number): string {
  if (time_ms === Infinity) return 'infinity'
  return time_ms === -Infinity ? '-infinity' : new Date(time_ms).toISOString()
}
