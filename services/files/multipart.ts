import { Busboy, type BusboyInstance } from '@fastify/busboy'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { invalid, ProblemError } from '../../shared/problem.ts'

// One file and nothing else is wanted; a few more are looked at, so that they can be named.
const limits = { fields: 10, files: 10, parts: 10, fieldSize: 1024, headerPairs: 20 }

/**
 * Reads a form (RFC 7578) as it comes and hands its file `upfile` on, never held whole.
 * @throws 400 when it is malformed or has no `upfile`, 422 when it has anything else
 */
export async function readUpfile<T>(
  request: Request,
  receive: (name: string, bytes: AsyncIterable<Uint8Array>) => Promise<T>,
  discard: (received: T) => Promise<void>,
): Promise<T> {
  const parser = createParser(request.headers.get('content-type') ?? '')
  const stop = new AbortController()
  const strangers: string[] = []
  let part: Readable | undefined
  let received: Promise<T> | undefined
  parser.on('field', (field) => strangers.push(field))
  // What follows would be read to its end for nothing.
  parser.on('partsLimit', () => stop.abort(malformed()))
  parser.on('file', (field, stream, name) => {
    stream.on('error', () => {}) // reported by who reads it
    if (field !== 'upfile' || received) {
      strangers.push(field)
      return stream.resume()
    }
    part = stream
    received = receive(name ?? '', untilCutOff(stream))
    return received.catch((error: unknown) => stop.abort(error))
  })
  try {
    await pipeline(inPieces(request.body ?? []), parser, { signal: stop.signal })
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

// The parser looks at all of a piece before it can be stopped.
const pieceBytes = 16 * 1024

async function* inPieces(body: AsyncIterable<Uint8Array> | []): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      yield chunk.subarray(at, at + pieceBytes)
    }
  }
}

async function* untilCutOff(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch {
    throw malformed()
  }
}

function createParser(contentType: string): BusboyInstance {
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
    detail: 'The form is not whole. Send multipart/form-data with its boundary (RFC 7578).',
  })
}

function noUpfile(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'upfile_missing',
    detail: 'The form has no file named `upfile`.',
  })
}
