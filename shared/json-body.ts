import { ProblemError } from './problem.ts'

/** The largest JSON body, in bytes. The largest honest one here is a few kilobytes. */
export const bodyBytesMax = 64 * 1024

/** @throws 413 when the request announces a body that is too large, before any of it is read */
export function requireSize(request: Request): void {
  const length = request.headers.get('content-length')
  if (length !== null && Number(length) > bodyBytesMax) throw tooLarge()
}

/**
 * Reads a JSON body (RFC 8259); undefined when there is none.
 * @throws 415 for another content type, 413 when it is too large, SyntaxError when malformed
 */
export async function readJson(request: Request, contentType: string): Promise<unknown> {
  if (!request.body) return undefined
  if (contentType !== 'application/json') {
    throw new ProblemError({
      status: 415,
      code: 'unsupported_media_type',
      detail: 'Send the body as application/json.',
    })
  }
  if (request.headers.has('content-length')) return request.json()
  return JSON.parse(await readText(request))
}

// Without a length the body is counted as it comes.
async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > bodyBytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function tooLarge(): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'body_too_large',
    detail: `The body may have at most ${bodyBytesMax} bytes.`,
  })
}
