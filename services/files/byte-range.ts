/** Bytes from `start` up to, but not including, `end`. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * Parses `Range` (RFC 9110 section 14.2).
 * @returns undefined for none, several or an invalid range, which is answered with all bytes as
 * section 14.2 allows; 'unsatisfiable' if it begins past the end
 */
export function readRange(
  header: string | null,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '')
  const [, first = '', last = ''] = match ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return toRange(Math.max(0, size - Number(last)), size, size)
  if (last !== '' && Number(last) < Number(first)) return undefined
  return toRange(Number(first), last === '' ? size : Number(last) + 1, size)
}

function toRange(start: number, end: number, size: number): ByteRange | 'unsatisfiable' {
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(end, size) }
}
