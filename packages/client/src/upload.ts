import { ProblemError, requireOk } from './problem.ts'
import { sleep } from './retry.ts'

export interface UploadOptions {
  name: string
  /** Bytes that have arrived, of how many. */
  onProgress?: (sent: number, size: number) => void
  /** Called once with its address: give it as `resume` to go on after a restart. */
  onStart?: (address: string) => void
  resume?: string
  signal?: AbortSignal
}

/** Sends one request of the protocol as the user; makes no second try of its own. */
export type Send = (address: string, init: UploadRequest) => Promise<Response>

interface UploadRequest {
  /** Whether to send it again when no response came. */
  isSafe?: boolean
  method: string
  headers: Record<string, string>
  body?: Blob
  signal?: AbortSignal
}

const version = { 'tus-resumable': '1.0.0' }
const chunk_bytes = 8 * 1024 * 1024
// Tries in a row that bring no byte further.
const failuresMax = 5

/**
 * Uploads by tus 1.0: what breaks off goes on from where it was.
 * @returns the address of the file, `/api/files/{file_hash}`
 * @throws ProblemError when it is refused, or broke off five times in a row
 */
export async function uploadFile(send: Send, file: Blob, options: UploadOptions): Promise<string> {
  const { signal, onProgress } = options
  const address = options.resume ?? (await start(send, file, options))
  let failures = 0
  for (let offset = options.resume === undefined ? 0 : undefined; ;) {
    try {
      if (offset === undefined) {
        const state = await requireOk(await send(address, toInit('HEAD', options)))
        const found = state.headers.get('content-location')
        if (found) return found
        offset = Number(state.headers.get('upload-offset'))
        if (Number(state.headers.get('upload-length')) !== file.size) throw otherFile()
      }
      const bytes = file.slice(offset, offset + chunk_bytes)
      const headers = {
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offset),
      }
      const init = { ...toInit('PATCH', options, headers), body: bytes }
      const answer = await requireOk(await send(address, init))
      const arrived = Number(answer.headers.get('upload-offset'))
      if (arrived > offset) failures = 0
      offset = arrived
      onProgress?.(offset, file.size)
      const place = answer.headers.get('content-location')
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

async function start(send: Send, file: Blob, options: UploadOptions): Promise<string> {
  const headers = {
    'upload-length': String(file.size),
    'upload-metadata': `filename ${toBase64(options.name)}`,
    'idempotency-key': crypto.randomUUID(),
  }
  const init = { ...toInit('POST', options, headers), isSafe: true }
  const made = await requireOk(await send('/api/uploads', init))
  const address = made.headers.get('location') ?? ''
  options.onStart?.(address)
  return address
}

function toInit(method: string, { signal }: UploadOptions, headers = {}): UploadRequest {
  return { method, headers: { ...version, ...headers }, ...(signal && { signal }) }
}

function otherFile(): ProblemError {
  const detail = 'The upload that was begun is of a file of another size.'
  return new ProblemError({
    type: 'about:blank',
    title: 'Conflict',
    status: 422,
    code: 'other_file',
    detail,
  })
}

// A lost connection, a busy server, an offset that another try moved.
function isPassing(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false
  return error.status === 0 || error.status === 409 || error.status === 429 || error.status >= 500
}

function toBase64(text: string): string {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text)))
}
