import { inTime } from '../../shared/body.ts'
import { carriesBody } from './hop-header.ts'

/** A body that is streamed, as it is too large to buffer. */
export interface FlowingBody {
  /** The part received before the hop began. */
  begun: Uint8Array[]
  rest: AsyncGenerator<Uint8Array>
}

// Small bodies are cheaper to buffer; larger ones are never held in memory.
export const wholeBytesMax = 64 * 1024

/**
 * Buffers a small body, or the start of a larger one, so that a slow client does not occupy one of
 * the limited connections to a service meanwhile.
 * @param stallMax_ms how long a small body, or the next chunk of another, may take
 * @returns null when there is none
 * @throws Error when it is truncated or stalls
 */
export async function readBody(
  request: Request,
  stallMax_ms: number,
): Promise<ArrayBuffer | Uint8Array<ArrayBuffer> | FlowingBody | null> {
  if (!carriesBody(request)) return null
  const length = request.headers.get('content-length')
  // Accessing `body` creates a stream, so only for one that may be large.
  if (length === '0' || (length === null && !request.body)) return null
  if (length !== null && Number(length) <= wholeBytesMax) {
    return inTime(request.arrayBuffer(), stallMax_ms)
  }
  const rest = readChunks(request)
  const begun: Uint8Array[] = []
  for (let size = 0; size <= wholeBytesMax; size += begun.at(-1)?.length ?? 0) {
    const { done, value } = await inTime(rest.next(), stallMax_ms)
    if (done) return Buffer.concat(begun)
    begun.push(value)
  }
  return { begun, rest }
}

async function* readChunks({ body }: Request): AsyncGenerator<Uint8Array> {
  yield* body ?? []
}
