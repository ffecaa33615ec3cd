import { Secret, TOTP } from 'otpauth'

// RFC 6238 with what every authenticator app understands: SHA-1, 30 s, six digits.
const form = { algorithm: 'SHA1', digits: 6, period: 30 } as const
// One step of clocks that differ, or of a slow typist, to each side: RFC 6238 section 5.2.
const stepsAround = 1

/**
 * The step a code is of.
 * @param secret in base32
 * @returns undefined when it is of none around now
 */
export function findStep(secret: string, code: string, now_ms: number): number | undefined {
  const digits = code.replace(/\s/g, '')
  const totp = new TOTP({ ...form, secret: Secret.fromBase32(secret) })
  const delta = totp.validate({ token: digits, timestamp: now_ms, window: stepsAround })
  return delta === null ? undefined : Math.floor(now_ms / 1000 / form.period) + delta
}

/** What a QR code for an app says. */
export function toUri(secret: Secret, username: string): string {
  return new TOTP({ ...form, issuer: 'Campus', label: username, secret }).toString()
}
