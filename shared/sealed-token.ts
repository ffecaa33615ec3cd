import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from './host/secret.ts'

/**
 * Signed tokens that carry their own data, so that nothing need be stored:
 * `<part>.<part>.<HMAC-SHA256>` (RFC 2104). Parts contain no dot.
 * @param purpose what they are for; a token for another purpose is not accepted
 */
export function createSealedTokens(secret: Secret, purpose: string) {
  const own = secret.key(purpose)
  const known = secret.keys(purpose)
  const seal = (text: string, key: Uint8Array) =>
    createHmac('sha256', key).update(text).digest('base64url')

  function write(parts: readonly string[]): string {
    const text = parts.join('.')
    return `${text}.${seal(text, own)}`
  }

  /** @returns undefined unless the token is ours, in its canonical form */
  function read(token: string): string[] | undefined {
    const parts = token.split('.')
    const given = Buffer.from(parts.pop() ?? '')
    const isOurs = known.some((key) => {
      const right = Buffer.from(seal(parts.join('.'), key))
      return given.length === right.length && timingSafeEqual(given, right)
    })
    return isOurs ? parts : undefined
  }

  return { write, read }
}
