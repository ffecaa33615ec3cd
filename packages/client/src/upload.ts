import { newKey } from './key.ts'
import { ProblemError, requireOk } from './problem.ts'
import { sleep } from './retry.ts'

export interface UploadOptions {
  name: string
  /** Bytes that have arrived, of how many. */
  onProgress?: (sent: number, size: number) => void
  /** Called with its address: give it as `resume` to go on after a restart. */
  onStart?: (address: string) => void
  /** An upload that was begun; where it is gone, another one begins. */
  resume?: string
  signal?: AbortSignal
}

/** Sends one request of the protocol as the user. */
export type Send = (address: string, init: UploadRequest) => Promise<Response>
interface UploadRequest {
  method: string
  headers: Record<string, string>
  body?: Blob
  signal?: AbortSignal
}

const version = { 'tus-resumable': '1.0.0' }
// A part is what is lost when a connection breaks: about a second of it.
const partMin_bytes = 128 * 1024
const partMax_bytes = 8 * 1024 * 1024
const part_ms = 1000
// Half of what the server takes: each part that broke off counts, too.
const partsMax = 5000
// Tries in a row that bring no byte further.
const failuresMax = 5

/**
 * Uploads by tus 1.0: what breaks off goes on from where it was.
 * @returns the address of the file, `/api/files/{file_hash}`
 * @throws ProblemError when it is refused, or broke off five times in a row
 */
export async function uploadFile(send: Send, file: Blob, options: UploadOptions): Promise<string> {
  const { signal, onProgress } = options
  let address = options.resume ?? (await start(send, file, options))
  let offset = options.resume === undefined ? 0 : undefined
  const least_bytes = Math.max(partMin_bytes, Math.ceil(file.size / partsMax))
  let part_bytes = least_bytes
  for (let failures = 0; ;) {
    try {
      if (offset === undefined) {
        const state = await send(address, toInit('HEAD', options))
        if (isGone(state) && address === options.resume) {
          address = await start(send, file, options)
          offset = 0
          continue
        }
        const found = (await requireOk(state)).headers.get('content-location')
        if (found) return found
        offset = Number(state.headers.get('upload-offset'))
        if (Number(state.headers.get('upload-length')) !== file.size) throw otherFile()
        onProgress?.(offset, file.size)
      }
      const body = file.slice(offset, offset + part_bytes)
      const headers = {
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offset),
      }
      const began = performance.now()
      const answer = await requireOk(
        await send(address, { ...toInit('PATCH', options, headers), body }),
      )
      part_bytes = Math.max(least_bytes, fitPart(part_bytes, performance.now() - began))
      const arrived = Number(answer.headers.get('upload-offset'))
      const place = answer.headers.get('content-location')
      // Of a file that was shortened meanwhile nothing follows.
      if (!place && arrived <= offset) throw noFurther(offset)
      failures = 0
      offset = arrived
      onProgress?.(offset, file.size)
      if (place) return place
    } catch (error) {
      signal?.throwIfAborted()
      if (!isPassing(error) || ++failures >= failuresMax) throw error
      await sleep(Math.random() * 250 * 2 ** failures, signal)
      // Some of it may have arrived.
      offset = undefined
    }
  }
}

/** Deletes an upload that was begun; one that is gone already, too. */
export async function giveUp(send: Send, address: string): Promise<void> {
  const answer = await send(address, { method: 'DELETE', headers: version })
  if (!isGone(answer)) await requireOk(answer)
}

const isGone = ({ status }: Response) => status === 404 || status === 410

function fitPart(part_bytes: number, took_ms: number): number {
  const wanted = took_ms > part_ms ? part_bytes / 2 : part_bytes * 2
  return Math.min(partMax_bytes, wanted)
}

async function start(send: Send, file: Blob, options: UploadOptions): Promise<string> {
  const headers = {
    'upload-length': String(file.size),
    'upload-metadata': `filename ${toBase64(options.name)}`,
    'idempotency-key': newKey(),
  }
  const made = await requireOk(await send('/api/uploads', toInit('POST', options, headers)))
  const address = made.headers.get('location') ?? ''
  options.onStart?.(address)
  return address
}

function toInit(method: string, { signal }: UploadOptions, headers = {}): UploadRequest {
  return { method, headers: { ...version, ...headers }, ...(signal && { signal }) }
}

function otherFile(): ProblemError {
  const detail = 'The upload that was begun is of a file of another size.'
  return toError(422, 'other_file', detail)
}

function noFurther(offset: number): ProblemError {
  return toError(409, 'upload_offset_wrong', `No byte arrived after ${offset}.`)
}

function toError(status: number, code: string, detail: string): ProblemError {
  return new ProblemError({ type: 'about:blank', title: 'Conflict', status, code, detail })
}

// A lost connection, a busy server, an offset that another try moved.
function isPassing(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false
  const { status, code } = error
  return status === 0 || status === 429 || status >= 500 || code === 'upload_offset_wrong'
}

function toBase64(text: string): string {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text)))
}
