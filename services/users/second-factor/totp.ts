import { Secret, TOTP } from 'otpauth'

// RFC 6238 with what every authenticator app understands: SHA-1, 30 s, six digits.
const form = { algorithm: 'SHA1', digits: 6, period: 30 } as const
// Tolerates one step of clock skew or slow typing on each side: RFC 6238 section 5.2.
const stepsAround = 1

/**
 * The time step of a code.
 * @param secret in base32
 * @returns undefined unless it is a current one
 */
export function findStep(secret: string, code: string, now_ms: number): number | undefined {
  const digits = code.replace(/\s/g, '')
  const totp = new TOTP({ ...form, secret: Secret.fromBase32(secret) })
  const delta = totp.validate({ token: digits, timestamp: now_ms, window: stepsAround })
  return delta === null ? undefined : Math.floor(now_ms / 1000 / form.period) + delta
}

/** The content of an app's QR code. */
export function toUri(secret: Secret, username: string): string {
  return new TOTP({ ...form, issuer: 'Campus', label: username, secret }).toString()
}
