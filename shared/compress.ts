import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)
// Below this size compression does not pay: it fits into a few packets.
const bytesMin = 4096
// Two thirds of the size at level 1, in half the time of level 6.
const level = 3

/** Whether to compress a text: for clients that accept gzip (RFC 9110 section 12.5.3). */
export function paysCompressed(request: Request, text: string): boolean {
  return text.length >= bytesMin && takesGzip(request.headers.get('accept-encoding'))
}

/** On another thread. */
export async function toCompressed(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return compress(text, { level })
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
