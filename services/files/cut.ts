/** Takes parts off a stream, one after the other. */
export interface Cutter {
  /** The next bytes, at most so many. */
  take: (size: number) => AsyncIterable<Uint8Array>
  /** Whether all was taken. */
  isOver: () => boolean
  /** Whether the sender went away before its end. */
  isBroken: () => boolean
}

const empty: Uint8Array = new Uint8Array()

/** Cuts a stream. One that breaks off ends there: what came can be kept. */
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
