import { Secret, TOTP } from 'otpauth'

/** What an authenticator app shows for a secret, so many steps of 30 s after a moment. */
export function codeOf(secret: string, steps = 0, now = Date.now()): string {
  const timestamp = now + steps * 30_000
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp })
}
