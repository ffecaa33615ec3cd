import { withDeadline } from '../../../shared/deadline.ts'
import { GuardError, type AddressGuard, type GuardFault } from './address-guard.ts'

export type SendFault =
  | GuardFault
  | 'timeout'
  | 'connection_refused'
  | 'connection_closed'
  | 'certificate_invalid'
  | 'connection_failed'
  // Its event is gone from the journal.
  | 'no_longer_kept'

/** The result of one attempt. */
export interface SendResult {
  /** Undefined without a response; `fault` says why. */
  status?: number
  fault?: SendFault
  /** The beginning of a response body other than 2xx. */
  response?: string
  /** From `Retry-After`, in milliseconds. */
  retryAfter_ms?: number
  duration_ms: number
}

export interface SendOptions {
  url: string
  headers: Record<string, string>
  body: string
  timeout_ms: number
  signal: AbortSignal
}

// A short response is read completely, so that its sender is not cut off; a long one is not.
const responseBytesMax = 16 * 1024
const shownMax = 300

/**
 * Sends by POST to exactly the checked address; the certificate must match the name. Redirects are
 * not followed, and nothing is decompressed.
 * @param ca a further certificate authority, as PEM
 */
export function createSender(guard: AddressGuard, ca?: string) {
  async function post(options: SendOptions, signal: AbortSignal): Promise<Partial<SendResult>> {
    const url = new URL(options.url)
    const addresses = await withDeadline(guard.findAddresses(url), options.timeout_ms, () => {
      throw new DOMException('The name was not resolved in time', 'TimeoutError')
    })
    let refused: unknown
    for (const address of addresses) {
      try {
        return await postTo(address, options, signal)
      } catch (error) {
        if (toFault(error) !== 'connection_refused') throw error
        refused = error
      }
    }
    throw refused
  }

  async function postTo(
    address: string,
    options: SendOptions,
    signal: AbortSignal,
  ): Promise<Partial<SendResult>> {
    const url = new URL(options.url)
    const { host, hostname } = url
    url.hostname = address.includes(':') ? `[${address}]` : address
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'campus',
        'accept-encoding': 'identity',
        ...options.headers,
        host,
      },
      body: options.body,
      redirect: 'manual',
      // A kept connection could belong to another name at the same address.
      keepalive: false,
      decompress: false,
      signal,
      ...(url.protocol === 'https:' && {
        tls: {
          rejectUnauthorized: true,
          ...(hostname !== url.hostname && { serverName: hostname }),
          ...(ca && { ca }),
        },
      }),
    })
    return { ...(await readBounded(response)), status: response.status, ...readWait(response) }
  }

  return async (options: SendOptions): Promise<SendResult> => {
    const begin_ms = performance.now()
    const end = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeout_ms)])
    const result = await post(options, end).catch((error: unknown) => ({ fault: toFault(error) }))
    return { ...result, duration_ms: Math.round(performance.now() - begin_ms) }
  }
}

export type Send = ReturnType<typeof createSender>

// After a 2xx the receiver has it, however the response ends.
async function readBounded({ ok, body }: Response): Promise<{ response?: string }> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const part of body ?? []) {
      length += part.length
      if (parts.length === 0 && !ok) parts.push(part.subarray(0, shownMax))
      if (length > responseBytesMax) break
    }
  } catch {
    // Cut off or timed out: what arrived counts.
  }
  const shown = toShown(Buffer.concat(parts).toString())
  return shown ? { response: shown } : {}
}

// Unprintable characters must neither break databases nor reverse text on a page.
function toShown(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, ' ').trim()
}

/** `Retry-After` in seconds (RFC 9110 section 10.2.3); rare dates are ignored. */
function readWait({ headers }: Response): { retryAfter_ms?: number } {
  const seconds = /^\d{1,6}$/.exec(headers.get('retry-after') ?? '')?.[0]
  return seconds === undefined ? {} : { retryAfter_ms: Number(seconds) * 1000 }
}

function toFault(error: unknown): SendFault {
  if (error instanceof GuardError) return error.fault
  const { code, name } = error as { code?: unknown; name?: string }
  if (name === 'TimeoutError') return 'timeout'
  if (code === 'ECONNREFUSED') return 'connection_refused'
  if (code === 'ECONNRESET') return 'connection_closed'
  return /CERT|ISSUER|SIGNED|TLS|SSL/.test(String(code))
    ? 'certificate_invalid'
    : 'connection_failed'
}
