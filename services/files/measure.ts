import { ProblemError } from '../../shared/problem.ts'
import { sniff, sniffBytes } from './sniff.ts'

/** Hash, size and type of bytes, measured as they pass. */
export interface Measure {
  /** Passes bytes on. @throws 413 if there are too many */
  observe: (bytes: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>
  /** Available once all have passed. */
  result: () => Promise<{ file_hash: string; size: number; file_type: string }>
}

export function createMeasure(sizeMax: number): Measure {
  const hasher = new Bun.CryptoHasher('sha256')
  const head: Uint8Array[] = []
  let size = 0

  async function* observe(bytes: AsyncIterable<Uint8Array>) {
    for await (const chunk of bytes) {
      if (size < sniffBytes) head.push(chunk.slice(0, sniffBytes - size))
      size += chunk.length
      if (size > sizeMax) throw fileTooLarge(sizeMax)
      hasher.update(chunk)
      yield chunk
    }
  }

  return {
    observe,
    result: async () => {
      const file_type = await sniff(Buffer.concat(head))
      return { file_hash: hasher.digest('hex'), size, file_type }
    },
  }
}

export function fileTooLarge(sizeMax: number): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'file_too_large',
    detail: `A file may have at most ${sizeMax} bytes.`,
  })
}
