import { createHmac, randomBytes } from 'node:crypto'

// Standard Webhooks 1.0.0, "Signature scheme": at least 24 bytes, at most 64.
const secretBytes = 32
const prefix = 'whsec_'

/** A new secret, in the form by which Standard Webhooks knows one. */
export function createSigningSecret(): string {
  return prefix + randomBytes(secretBytes).toString('base64')
}

export interface Message {
  /** The same at each try; holds no full stop. */
  id: string
  body: string
}

/**
 * The headers by which a receiver knows who sends, and that it is no recording: Standard Webhooks
 * 1.0.0, "Webhook headers". One signature for each secret, so that secrets can be rotated.
 * @param now_ms milliseconds since 1970, of this try
 */
export function signMessage(
  { id, body }: Message,
  secrets: readonly string[],
  now_ms: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now_ms / 1000))
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64')
    const content = `${id}.${timestamp}.${body}`
    return `v1,${createHmac('sha256', key).update(content).digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
