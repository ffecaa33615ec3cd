/** Splits a stream into consecutive parts. */
export interface Cutter {
  /** The next bytes, at most `size`. */
  take: (size: number) => AsyncIterable<Uint8Array>
  /** Whether all bytes were taken. */
  isOver: () => boolean
  /** Whether the stream was cut off. */
  isBroken: () => boolean
}

const empty: Uint8Array = new Uint8Array()

/** Splits a stream. A cut-off stream just ends, so that what arrived can be kept. */
export function createCutter(stream: AsyncIterable<Uint8Array>): Cutter {
  const chunks = stream[Symbol.asyncIterator]()
  let left = empty
  let isOver = false
  let isBroken = false

  async function readOn(): Promise<void> {
    try {
      const next = await chunks.next()
      isOver = next.done === true
      left = next.done ? empty : next.value
    } catch {
      isOver = isBroken = true
    }
  }

  async function* take(size: number) {
    let taken = 0
    while (taken < size) {
      while (left.length === 0 && !isOver) await readOn()
      if (left.length === 0) return
      const chunk = left.subarray(0, size - taken)
      left = left.subarray(chunk.length)
      taken += chunk.length
      yield chunk
    }
  }

  return { take, isOver: () => isOver && left.length === 0, isBroken: () => isBroken }
}
