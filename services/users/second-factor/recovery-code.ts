import { hash, randomBytes } from 'node:crypto'

const codesCount = 10
// Crockford's base32, without similar letters.
const letters = '0123456789abcdefghjkmnpqrstvwxyz'
// 100 random bits cannot be guessed, even from a hash, so a fast hash is enough.
const codeLength = 20
const groupLength = 5

/** Codes for users who lost their app: `xxxxx-xxxxx-xxxxx-xxxxx`. */
export function createRecoveryCodes(): string[] {
  return Array.from({ length: codesCount }, () => {
    const text = [...randomBytes(codeLength)].map((byte) => letters[byte % 32]).join('')
    return (text.match(new RegExp(`.{${groupLength}}`, 'g')) ?? []).join('-')
  })
}

/** Whether a text has the form of a code. */
export function isRecoveryCode(text: string): boolean {
  return toForm(text).length === codeLength
}

/** SHA-256 of the code, however it was typed. */
export function hashRecoveryCode(code: string): string {
  return hash('sha256', toForm(code), 'base64url')
}

function toForm(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^0-9a-z]/g, '')
    .replace(/o/g, '0')
    .replace(/[il]/g, '1')
}
