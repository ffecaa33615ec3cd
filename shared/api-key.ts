import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const prefix = 'campus_'
const secretBytes = 32
// ⌈256 / log2(62)⌉ and ⌈32 / log2(62)⌉ digits.
const secretDigits = 43
const checksumDigits = 6
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** For secret scanners; `isApiKey` then tells a key from text that only looks like one. */
export const apiKeyPattern = `${prefix}[0-9A-Za-z]{${secretDigits + checksumDigits}}`

const wholeKey = new RegExp(`^${apiKeyPattern}$`)

/** A new API key: 256 random bits and a checksum. A double click selects all of it. */
export function createApiKey(): string {
  const secret = toDigits(BigInt(`0x${randomBytes(secretBytes).toHex()}`), secretDigits)
  return `${prefix}${secret}${toChecksum(secret)}`
}

/** Whether a text has the form and checksum of a key; not whether the key is valid. */
export function isApiKey(text: string): boolean {
  if (!wholeKey.test(text)) return false
  const secret = text.slice(prefix.length, -checksumDigits)
  return text.endsWith(toChecksum(secret))
}

/** Whether a text was meant as a key, valid or not. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith(prefix)
}

/**
 * What is stored of a key. A fast hash suffices: slow ones protect guessable passwords, and nobody
 * guesses 256 random bits (NIST SP 800-63B section 5.1.2.2 asks for 112).
 * @returns SHA-256 in base64url
 */
export function hashApiKey(key: string): string {
  return hash('sha256', key, 'base64url')
}

// Detects a typo or a truncated key without a query. CRC-32, as in GitHub's tokens.
function toChecksum(secret: string): string {
  return toDigits(BigInt(crc32(prefix + secret)), checksumDigits)
}

function toDigits(number: bigint, length: number): string {
  let text = ''
  for (let rest = number; text.length < length; rest /= 62n)
    text = digits[Number(rest % 62n)] + text
  return text
}
