import { ProblemError } from './problem.ts'

/** The largest JSON body, in bytes. The largest honest one here is a few kilobytes. */
export const bodyBytesMax = 64 * 1024

/**
 * Reads a JSON body (RFC 8259); undefined when there is none.
 * @throws 415 for another content type, 413 when it is too large; SyntaxError or TypeError when it
 *   is not JSON in UTF-8
 */
export async function readJson(request: Request, contentType: string): Promise<unknown> {
  const length = request.headers.get('content-length')
  // Asking for `body` makes a stream of it, which costs more than all of the reading.
  if (length === '0' || (length === null && !request.body)) return undefined
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  if (contentType !== 'application/json' || encoding !== 'identity') {
    throw new ProblemError({
      status: 415,
      code: 'unsupported_media_type',
      detail: 'Send the body as application/json, not compressed.',
    })
  }
  if (Number(length) > bodyBytesMax) throw tooLarge()
  return JSON.parse(utf8.decode(await (length === null ? readBytes(request) : request.bytes())))
}

// A byte that is not UTF-8 is an error, not a replacement character in somebody's name.
const utf8 = new TextDecoder('utf-8', { fatal: true })

// Without a length the body is counted as it comes.
async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > bodyBytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'body_too_large',
    detail: `The body may have at most ${bodyBytesMax} bytes.`,
  })
}
