import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Tokens that carry what they say under our seal, so that nothing of them need be stored:
 * `<part>.<part>.<HMAC-SHA256>`. Parts hold no dot.
 */
export function createSealedTokens(key: Uint8Array) {
  const seal = (text: string) => createHmac('sha256', key).update(text).digest()

  function write(parts: readonly string[]): string {
    const text = parts.join('.')
    return `${text}.${seal(text).toString('base64url')}`
  }

  /** @returns undefined unless the token is one of ours, spelt as we spell it */
  function read(token: string): string[] | undefined {
    const parts = token.split('.')
    const given = Buffer.from(parts.pop() ?? '', 'base64url')
    const own = seal(parts.join('.'))
    const isOurs = given.length === own.length && timingSafeEqual(given, own)
    return isOurs && token === write(parts) ? parts : undefined
  }

  return { write, read }
}
