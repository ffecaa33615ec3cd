import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hkdfSync, randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { privateFile, privateFolder } from '@campus/store/private-file.ts'

/** The secret of a process. All may share one; anybody with it can then act as any of them. */
export interface Secret {
  /**
   * A 32-byte key for one purpose (HKDF-SHA256, RFC 5869), independent of the others; for signing
   * and sealing.
   */
  key: (purpose: string) => Uint8Array
  /** That key and the one of the previous secret; for verifying and opening. */
  keys: (purpose: string) => Uint8Array[]
}

/** @param previous the secret before, while secrets are rotated */
export function createSecret(text: string, previous?: string): Secret {
  const derive = (from: string, purpose: string) =>
    new Uint8Array(hkdfSync('sha256', from, '', `campus ${purpose}`, 32))
  const all = previous === undefined ? [text] : [text, previous]
  return {
    key: (purpose) => derive(text, purpose),
    keys: (purpose) => all.map((from) => derive(from, purpose)),
  }
}

/**
 * Reads the secret from a file; creates the file, readable by its owner only, when it is missing.
 * @throws Error that says what to set when the file can neither be read nor made
 */
export function keepSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const own = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), privateFolder)
    writeFileSync(own, randomBytes(32).toString('base64url'), { mode: privateFile, flush: true })
    // The link fails when another process was faster; then its secret is used.
    linkSync(own, file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Error(`No secret can be kept in ${file}. Set SECRET or SECRET_FILE.`, { cause })
    }
  } finally {
    rmSync(own, { force: true })
  }
  return readFileSync(file, 'utf8').trim()
}
