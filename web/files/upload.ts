import { DetailedError, Upload, type HttpResponse } from 'tus-js-client'
import { ApiError, toProblem } from '../api.ts'
import { readAccessToken } from '../session/token.ts'

interface Listener {
  progress: (sent: number) => void
  /** @param hash of what was received */
  done: (hash: string) => void
  failed: (error: unknown) => void
}

// A part is what is lost when a connection breaks without a word.
const largePart_bytes = 8 * 1024 * 1024
// A server that restarts is back within these.
const retryDelays_ms = [0, 1000, 3000, 5000, 10_000]

/**
 * A resumable upload (tus 1.0), not started yet. One of the same file that was begun before, in
 * this browser, is gone on with.
 */
export async function createUpload(
  file: File,
  listener: Listener,
  part_bytes = largePart_bytes,
): Promise<Upload> {
  const upload = new Upload(file, {
    endpoint: '/api/uploads',
    chunkSize: part_bytes,
    retryDelays: retryDelays_ms,
    metadata: { filename: file.name, filetype: file.type },
    removeFingerprintOnSuccess: true,
    onBeforeRequest: async (request) => {
      const token = await readAccessToken()
      if (token) request.setHeader('authorization', `Bearer ${token}`)
    },
    onProgress: listener.progress,
    onSuccess: ({ lastResponse }) => listener.done(hashOf(lastResponse)),
    onError: (error) => listener.failed(toApiError(error)),
  })
  const [before] = await upload.findPreviousUploads()
  if (before) upload.resumeFromPreviousUpload(before)
  return upload
}

/** `/api/files/{hash}` */
function hashOf(response: HttpResponse): string {
  return response.getHeader('content-location')?.split('/').at(-1) ?? ''
}

function toApiError(error: Error | DetailedError): ApiError {
  const response = error instanceof DetailedError ? error.originalResponse : null
  if (!response) return new ApiError(toProblem(error, 503))
  return new ApiError(toProblem(response.getBody(), response.getStatus()))
}
