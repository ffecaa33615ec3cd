import { paysCompressed, toCompressed } from './compress.ts'
import { hashText } from './hash-text.ts'
import { isKnown } from './version.ts'

interface Listing {
  request: Request
  set: { status?: number | string; headers: Record<string, string | number>; cookie?: unknown }
  responseValue?: unknown
}

interface Written {
  text: string
  hash: bigint
}

// By page: one that is kept is written and hashed once.
const written = new WeakMap<object, Written>()

function write(page: object): Written {
  const known = written.get(page)
  if (known) return known
  const text = JSON.stringify(page)
  const made = { text, hash: hashText(text) }
  written.set(page, made)
  return made
}

/**
 * For `mapResponse` of a list: a weak `ETag` of the serialized page, 304 if the client has it (RFC
 * 9110 section 8.8), and compression where that pays. The query runs either way: visibility and
 * what depends on the time of day are only known afterwards.
 */
export function sendList({
  request,
  set,
  responseValue,
}: Listing): Response | Promise<Response> | void {
  // An error response.
  if (responseValue instanceof Response) return
  const { text, hash } = write(responseValue as object)
  const tag = hashText(`${set.headers['link'] ?? ''} ${hash}`).toString(36)
  const { vary } = set.headers
  const headers: Record<string, string> = {
    ...(set.headers as Record<string, string>),
    'content-type': 'application/json',
    'cache-control': 'private, no-cache',
    etag: `W/"${tag}"`,
    vary: vary ? `${vary}, accept-encoding` : 'accept-encoding',
  }
  // Or Elysia would copy the response to add them.
  set.headers = {}
  set.status = 200
  delete set.cookie
  if (isKnown(request.headers.get('if-none-match'), `"${tag}"`)) {
    return new Response(null, { status: 304, headers })
  }
  if (!paysCompressed(request, text)) return new Response(text, { headers })
  headers['content-encoding'] = 'gzip'
  return toCompressed(text).then((body) => new Response(body, { headers }))
}
