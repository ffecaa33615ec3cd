import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Config } from '../../shared/host/config.ts'
import { createSecret } from '../../shared/host/secret.ts'
import type { Manifest } from './manifest.ts'

/**
 * Identifies the secret of the system being saved without revealing it.
 * @returns undefined when the system has none yet
 */
export function proveSecret(config: Config): string | undefined {
  return proveAll(config)[0]
}

/** For the secret, and during rotation for the previous one, which still decrypts. */
function proveAll({ SECRET, SECRET_FILE, SECRET_PREVIOUS }: Config): string[] {
  if (!SECRET && !existsSync(SECRET_FILE)) return []
  const text = SECRET ?? readFileSync(SECRET_FILE, 'utf8').trim()
  const keys = createSecret(text, SECRET_PREVIOUS).keys('backup')
  return keys.map((key) => createHmac('sha256', key).update('campus backup').digest('hex'))
}

/** @throws Error unless the secret here is that of the system that was backed up */
export function requireSecret({ secret_proof: proof }: Manifest, config: Config): void {
  // Backups of older versions lack it.
  if (!proof) return
  const own = proveAll(config)
  if (own.includes(proof)) return
  const found =
    own.length > 0
      ? 'The secret here is a different one, and with it nobody could log in.'
      : 'There is no secret here.'
  throw new Error(
    `${found} Set SECRET to that of the backed-up system, or copy its file (data/secret, ` +
      `unless SECRET_FILE was set) to ${config.SECRET_FILE}, and retry.`,
  )
}
