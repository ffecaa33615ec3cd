import type { BusboyInstance } from '@fastify/busboy'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { invalid, ProblemError } from '../../shared/problem.ts'

// Only one file is accepted; a few more parts are parsed, so that they can be named.
const limits = { fields: 10, files: 10, parts: 10, fieldSize: 1024, headerPairs: 20 }

/**
 * Parses a form (RFC 7578) as a stream and passes its file `upfile` on, never held in memory.
 * @throws 400 if it is malformed or has no `upfile`, 422 if it has anything else
 */
export async function readUpfile<T>(
  request: Request,
  receive: (name: string, bytes: AsyncIterable<Uint8Array>) => Promise<T>,
  discard: (received: T) => Promise<void>,
): Promise<T> {
  const parser = await createParser(request.headers.get('content-type') ?? '')
  const stop = new AbortController()
  const strangers: string[] = []
  let part: Readable | undefined
  let received: Promise<T> | undefined
  parser.on('field', (field) => strangers.push(field))
  parser.on('file', (field, stream, name) => {
    stream.on('error', () => {}) // reported where it is read
    if (field !== 'upfile' || received) {
      strangers.push(field)
      return stream.resume()
    }
    part = stream
    received = receive(name ?? '', untilCutOff(stream))
    return received.catch((error: unknown) => stop.abort(error))
  })
  try {
    await pipeline(untilTooMany(request), parser, { signal: stop.signal })
  } catch {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : malformed()
    part?.destroy(new Error('The form ended too early'))
    const whole = await received?.catch(() => undefined)
    if (whole) await discard(whole)
    throw reason
  }
  if (!received) throw noUpfile()
  const whole = await received
  if (strangers.length === 0) return whole
  await discard(whole)
  throw invalid(
    strangers.map((name) => ({
      pointer: `#/${name}`,
      detail: 'Send one file, `upfile`, and no other field',
    })),
  )
}

// The parser enforces its limit of parts only after each chunk: 40 ms for 64 KiB of boundaries. A
// boundary never occurs in content (RFC 2046 section 5.1.1), so they are counted here.
async function* untilTooMany(request: Request): AsyncGenerator<Uint8Array> {
  const type = request.headers.get('content-type') ?? ''
  const [, boundary = ''] = /boundary="?([^";,\s]{1,70})/i.exec(type) ?? []
  const delimiter = `\r\n--${boundary}`
  let parts = 0
  for await (const chunk of request.body ?? []) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let at = -1; boundary && (at = bytes.indexOf(delimiter, at + 1)) !== -1;) {
      if (++parts > limits.parts + 1) throw malformed()
    }
    yield chunk
  }
}

async function* untilCutOff(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch {
    throw malformed()
  }
}

async function createParser(contentType: string): Promise<BusboyInstance> {
  // Loaded by the first form, not at start.
  const { Busboy } = await import('@fastify/busboy')
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits })
  } catch {
    throw malformed()
  }
}

function malformed(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'malformed_multipart',
    detail: 'The form is incomplete. Send multipart/form-data with its boundary (RFC 7578).',
  })
}

function noUpfile(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'upfile_missing',
    detail: 'The form has no file named `upfile`.',
  })
}
