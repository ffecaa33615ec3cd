import { CompactEncrypt, compactDecrypt } from 'jose'
import type { Secret } from './host/secret.ts'

/** Encrypts what the database stores but must not reveal (A256GCM), with the system's secret. */
export function createSealedTexts(secret: Secret, purpose: string) {
  const sealing = secret.key(purpose)
  const opening = secret.keys(purpose)

  /** @throws Error when it was encrypted with another secret */
  async function open(sealed: string): Promise<{ text: string; isCurrent: boolean }> {
    let cause: unknown
    for (const [at, key] of opening.entries()) {
      try {
        const { plaintext } = await compactDecrypt(sealed, key)
        return { text: new TextDecoder().decode(plaintext), isCurrent: at === 0 }
      } catch (error) {
        cause = error
      }
    }
    throw new Error('It was sealed with another SECRET.', { cause })
  }

  return {
    seal: (text: string): Promise<string> =>
      new CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(sealing),
    open,
  }
}

export type SealedTexts = ReturnType<typeof createSealedTexts>
