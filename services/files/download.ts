import { ProblemError } from '../../shared/problem.ts'
import { isKnown } from '../../shared/version.ts'
import type { Bytes } from './blobs.ts'
import { readRange } from './byte-range.ts'
import { toDisposition } from './file-name.ts'

/** Bytes with a name. */
export interface Downloadable {
  file_hash: string
  file_name: string
  file_type: string
  size: number
  /** How long it may be cached, where it was opened by a link that ends. */
  cacheFor_s?: number
}

export interface Download extends Downloadable {
  bytes: Bytes
  /** Where the client may fetch it directly, if allowed. */
  redirect: (type: string, disposition: string) => string | undefined
}

// Types that browsers display without running anything. HTML and SVG are excluded, and so is any
// type with `+`: `video/x+xml` is a document with scripts (mimesniff.spec.whatwg.org, 4.6).
const shown =
  /^(text\/plain|image\/(png|jpeg|gif|webp|avif|bmp)|(audio|video)\/[\w.-]+|application\/pdf)$/

/**
 * Responds with bytes: all, one range, or none if the client has them (RFC 9110 sections 13 and
 * 14). The bytes of a hash never change, so they may be cached forever, or as
 * long as the link is good that opened them.
 * @param inline displays it instead of saving it, if its type is harmless
 * @throws 416 if the range begins past the end
 */
export function toDownload(request: Request, download: Download, inline: boolean): Response {
  const { file_hash, file_type, size, cacheFor_s } = download
  const etag = `"${file_hash}"`
  const isShown = inline && shown.test(file_type)
  const disposition = toDisposition(isShown ? 'inline' : 'attachment', download.file_name)
  const headers = {
    'content-type': file_type === 'text/plain' ? 'text/plain; charset=utf-8' : file_type,
    'content-disposition': disposition,
    etag,
    'accept-ranges': 'bytes',
    'cache-control': `private, max-age=${cacheFor_s ?? 31_536_000}, immutable`,
    'x-content-type-options': 'nosniff',
    // Even if a browser treated it as a page, it would have no scripts and no origin.
    'content-security-policy': "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
  }
  if (isKnown(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers })
  }
  const redirect = download.redirect(headers['content-type'], disposition)
  if (redirect) {
    const temporary = { location: redirect, 'cache-control': 'no-store' }
    return new Response(null, { status: 302, headers: temporary })
  }
  const condition = request.headers.get('if-range')
  const whole = { ...headers, 'content-length': String(size) }
  // Bun sets the length of a file itself, but not that of an unread stream.
  if (request.method === 'HEAD') return new Response(null, { headers: whole })
  // A range of another version is useless to the client, so all is sent. As a stream, because Bun
  // would cut the requested range out of a file itself.
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
    detail: `The file has ${size} bytes; the range begins past its end.`,
    headers: { 'content-range': `bytes */${size}` },
  })
}
