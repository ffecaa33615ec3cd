import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Config } from '../../shared/host/config.ts'
import { createSecret } from '../../shared/host/secret.ts'
import type { Manifest } from './manifest.ts'

/**
 * Tells later whether a secret is that of the system that was saved, and nothing of the secret.
 * @returns undefined where the system has none yet
 */
export function proveSecret(config: Config): string | undefined {
  return proveAll(config)[0]
}

/** Of the secret, and of the one before while secrets are rotated: what that sealed is opened. */
function proveAll({ secret, secretPrevious, secretFile }: Config): string[] {
  if (!secret && !existsSync(secretFile)) return []
  const text = secret ?? readFileSync(secretFile, 'utf8').trim()
  const keys = createSecret(text, secretPrevious).keys('backup')
  return keys.map((key) => createHmac('sha256', key).update('campus backup').digest('hex'))
}

/** @throws Error unless the secret here is that of the system that was saved */
export function requireSecret({ secret_proof: proof }: Manifest, config: Config): void {
  // Backups of older versions say nothing of it.
  if (!proof) return
  const own = proveAll(config)
  if (own.includes(proof)) return
  const found =
    own.length > 0
      ? 'The secret here is another one, and with it nobody could log in.'
      : 'There is no secret here.'
  throw new Error(
    `${found} Set SECRET to that of the system that was saved, or copy its file (data/secret, ` +
      `unless SECRET_FILE named another) to ${config.secretFile}, and run it again.`,
  )
}
