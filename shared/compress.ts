import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)
// Below this size compression does not pay: it fits into a few packets.
const bytesMin = 4096
// Shorter lists are rarely that large, and are not serialized only to be measured.
const itemsMin = 12
// Two thirds of the size at level 1, in half the time of level 6.
const level = 3

/**
 * Serializes a list as JSON and compresses it where that pays: for clients that accept gzip (RFC
 * 9110 section 12.5.3), on another thread.
 * @returns undefined where it does not pay, as between services
 */
export async function toCompressed(
  request: Request,
  items: readonly unknown[],
): Promise<Response | undefined> {
  if (items.length < itemsMin || request.method === 'HEAD') return
  if (!takesGzip(request.headers.get('accept-encoding'))) return
  const text = JSON.stringify(items)
  const headers = { 'content-type': 'application/json' }
  if (text.length < bytesMin) return new Response(text, { headers })
  const body = await compress(text, { level })
  return new Response(body, { headers: { ...headers, 'content-encoding': 'gzip' } })
}

// An explicit `gzip` takes precedence over `*`.
function takesGzip(accepted: string | null): boolean {
  const codings = new Map(
    accepted?.split(',').map((part) => {
      const [name = '', ...parameters] = part.toLowerCase().split(';')
      return [name.trim(), parameters.every((each) => !/^\s*q=0(\.0*)?\s*$/.test(each))]
    }),
  )
  return codings.get('gzip') ?? codings.get('*') ?? false
}
