import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)
// From here on fewer bytes are worth the time they take: one packet holds less.
const bytesMin = 4096
// A list of fewer is hardly ever that long; it is not written here only to be measured.
const itemsMin = 12
// Two thirds of what 1 leaves, in half the time of 6.
const level = 3

/**
 * A list as the JSON of a response, compressed where that pays: for a reader that takes gzip
 * (RFC 9110 section 12.5.3), in another thread.
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

// Whether it is named counts more than what is said of all others.
function takesGzip(accepted: string | null): boolean {
  const codings = new Map(
    accepted?.split(',').map((part) => {
      const [name = '', ...parameters] = part.toLowerCase().split(';')
      return [name.trim(), parameters.every((each) => !/^\s*q=0(\.0*)?\s*$/.test(each))]
    }),
  )
  return codings.get('gzip') ?? codings.get('*') ?? false
}
