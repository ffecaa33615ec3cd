import type { CustomFetchOptions } from 'openid-client'

// A provider that is slower, or sends more, counts as unavailable.
const answerTimeout_ms = 4000
const answerBytesMax = 1024 * 1024

/**
 * Whether a provider's URL is allowed: https, or http on this machine (RFC 6761 section 6.3), where
 * nobody listens in between.
 */
export function isAllowedAddress(address: string): boolean {
  const url = URL.parse(address)
  if (url === null || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal(url.hostname))
}

export function isLocal(hostname: string): boolean {
  return /^(?:localhost|[a-z0-9.-]+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

/**
 * `fetch` for URLs that an administrator configured and a stranger can trigger: limited in time and
 * size, and without redirects.
 * @throws Error if it is slow, too large, or not allowed
 */
export async function fetchFromProvider(
  address: string,
  { method, headers, body }: CustomFetchOptions,
): Promise<Response> {
  if (!isAllowedAddress(address)) throw new Error('address_not_allowed')
  const response = await fetch(address, {
    method,
    headers,
    // A token request has a form body.
    ...(body && { body: String(body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(answerTimeout_ms),
  })
  const { status } = response
  const content = await readBounded(response)
  return new Response(content || null, { status, headers: response.headers })
}

async function readBounded({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  // Leaving the loop cancels the rest.
  for await (const part of body ?? []) {
    length += part.length
    if (length > answerBytesMax) throw new Error('answer_too_large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}
