import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from './host/secret.ts'

/**
 * Tokens that carry what they say under our seal, so that nothing of them need be stored:
 * `<part>.<part>.<HMAC-SHA256>` (RFC 2104). Parts hold no dot.
 * @param purpose what they are for; nothing sealed for another one is read
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

  /** @returns undefined unless the token is one of ours, spelt as we spell it */
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
