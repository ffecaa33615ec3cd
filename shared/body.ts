import { withDeadline } from './deadline.ts'
import { ProblemError } from './problem.ts'

// As long as the gateway waits for one by default.
const smallBodyMax_ms = 10_000

/** Waits for a body of at most 64 KiB. @throws 408 when it is not there within ten seconds */
export function inTime<Body>(body: Promise<Body>, max_ms = smallBodyMax_ms): Promise<Body> {
  return withDeadline(body, max_ms, () => {
    throw bodyTooSlow()
  })
}

/** 408: the client stalls, or left before its body was complete. */
export function bodyTooSlow(): ProblemError {
  return new ProblemError({
    status: 408,
    code: 'request_timeout',
    detail: 'The request body did not arrive in time. Send it again.',
    headers: { connection: 'close' },
  })
}

interface Bounds {
  type: string
  bytesMax: number
}

/**
 * Reads the whole body on a route with `parse: 'none'`.
 * @throws 415 for another content type or none, 413 when it is too large
 */
export async function readBody(
  { body, headers }: Pick<Request, 'body' | 'headers'>,
  { type, bytesMax }: Bounds,
): Promise<Uint8Array> {
  const given = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (given !== type || !body) {
    const detail = `Send the body as ${type}.`
    throw new ProblemError({ status: 415, code: 'unsupported_media_type', detail })
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > bytesMax) {
      const detail = `The body may have at most ${bytesMax} bytes.`
      throw new ProblemError({ status: 413, code: 'body_too_large', detail })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
