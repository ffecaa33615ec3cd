/**
 * Lowers the maximum of the memory that a WebAssembly module defines; its code cannot undo that.
 * @throws Error when the module has no memory of its own with a maximum
 */
export function limitMemory(module: Uint8Array, pagesMax: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(module)
  let at = 8 // after magic number and version
  while (at < bytes.length) {
    const id = bytes[at]
    const size = readNumber(bytes, at + 1)
    if (id === memorySection) return withMaximum(bytes, size.next, pagesMax)
    at = size.next + size.value
  }
  throw new Error('The module has no memory of its own')
}

// WebAssembly specification 2.0, section 5.5.8: count, then flags, minimum and maximum.
const memorySection = 5
const hasMaximum = 1

function withMaximum(bytes: Uint8Array<ArrayBuffer>, section: number, pagesMax: number) {
  if (bytes[section + 1] !== hasMaximum) throw new Error('The memory has no maximum')
  const maximum = readNumber(bytes, readNumber(bytes, section + 2).next)
  const start = readNumber(bytes, section + 2).next
  // As many bytes as before: a number may be padded with zeros (LEB128).
  for (let at = start, rest = pagesMax; at < maximum.next; at++, rest >>>= 7) {
    bytes[at] = (rest & 0x7f) | (at < maximum.next - 1 ? 0x80 : 0)
  }
  return bytes
}

/** An unsigned LEB128 number and where the next thing is. */
function readNumber(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value, next: at }
  }
}
