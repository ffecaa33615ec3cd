// Loaded by the first code: most people have no authenticator app.
const loadTotp = () => import('otpauth')

// RFC 6238 with what every authenticator app understands: SHA-1, 30 s, six digits.
const form = { algorithm: 'SHA1', digits: 6, period: 30 } as const
// Tolerates one step of clock skew or slow typing on each side: RFC 6238 section 5.2.
const stepsAround = 1
// RFC 4226 section 4 asks for 128 bits, and recommends 160.
const secretBytes = 20

/**
 * The time step of a code.
 * @param secret in base32
 * @returns undefined unless it is a current one
 */
export async function findStep(
  secret: string,
  code: string,
  now_ms: number,
): Promise<number | undefined> {
  const { Secret, TOTP } = await loadTotp()
  const digits = code.replace(/\s/g, '')
  const totp = new TOTP({ ...form, secret: Secret.fromBase32(secret) })
  const delta = totp.validate({ token: digits, timestamp: now_ms, window: stepsAround })
  return delta === null ? undefined : Math.floor(now_ms / 1000 / form.period) + delta
}

/** A new secret in base32, and the content of an app's QR code. */
export async function makeSecret(username: string): Promise<{ secret: string; uri: string }> {
  const { Secret, TOTP } = await loadTotp()
  const secret = new Secret({ size: secretBytes })
  const uri = new TOTP({ ...form, issuer: 'Campus', label: username, secret }).toString()
  return { secret: secret.base32, uri }
}
