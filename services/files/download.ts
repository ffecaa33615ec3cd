import { ProblemError } from '../../shared/problem.ts'
import { namesTag } from '../../shared/version.ts'
import type { Bytes } from './blobs.ts'
import { readRange } from './byte-range.ts'
import { toDisposition } from './file-name.ts'

/** Bytes that have a name. */
export interface Downloadable {
  file_hash: string
  file_name: string
  file_type: string
  size: number
}

export interface Download extends Downloadable {
  bytes: Bytes
  /** Where the client may fetch it itself, if it may. */
  redirect: (type: string, disposition: string) => string | undefined
}

// Types that a browser shows without running anything of them. HTML and SVG are not among them, nor
// is anything with `+`: `video/x+xml` is a document with scripts (mimesniff.spec.whatwg.org, 4.6).
const shown =
  /^(text\/plain|image\/(png|jpeg|gif|webp|avif|bmp)|(audio|video)\/[\w.-]+|application\/pdf)$/

/**
 * Answers with bytes: whole, one range of them, or nothing when the client has them already
 * (RFC 9110 sections 13 and 14). Bytes of a hash never change, so they may be kept for good.
 * @param inline shows it instead of saving it, when it is of a kind that does no harm
 * @throws 416 when the range begins past the end
 */
export function toDownload(request: Request, download: Download, inline: boolean): Response {
  const { file_hash, file_type, size } = download
  const etag = `"${file_hash}"`
  const isShown = inline && shown.test(file_type)
  const disposition = toDisposition(isShown ? 'inline' : 'attachment', download.file_name)
  const headers = {
    'content-type': file_type === 'text/plain' ? 'text/plain; charset=utf-8' : file_type,
    'content-disposition': disposition,
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    // Even if a browser took it for a page, it would be one without scripts and without a site.
    'content-security-policy': "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
  }
  if (namesTag(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers })
  }
  const redirect = download.redirect(headers['content-type'], disposition)
  if (redirect) {
    const temporary = { location: redirect, 'cache-control': 'no-store' }
    return new Response(null, { status: 302, headers: temporary })
  }
  const condition = request.headers.get('if-range')
  const whole = { ...headers, 'content-length': String(size) }
  // Bun tells the length of a file by itself, but not that of a stream nobody reads.
  if (request.method === 'HEAD') return new Response(null, { headers: whole })
  // A range of something else is of no use to the client: all of it. As a stream, because Bun cuts
  // the range that was asked for out of a file by itself.
  if (condition !== null && condition !== etag) {
    return new Response(download.bytes.stream(), { headers })
  }
  const range = readRange(request.headers.get('range'), size)
  if (range === 'unsatisfiable') throw rangeNotSatisfiable(size)
  if (!range) return new Response(download.bytes.body(), { headers: whole })
  return new Response(download.bytes.body(range), {
    status: 206,
    headers: {
      ...headers,
      'content-length': String(range.end - range.start),
      'content-range': `bytes ${range.start}-${range.end - 1}/${size}`,
    },
  })
}

function rangeNotSatisfiable(size: number): ProblemError {
  return new ProblemError({
    status: 416,
    code: 'range_not_satisfiable',
    detail: `The file has ${size} bytes; the range begins past them.`,
    headers: { 'content-range': `bytes */${size}` },
  })
}
