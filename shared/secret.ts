import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hkdfSync, randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { privateFile, privateFolder } from './private-file.ts'

/** The one secret all processes of a system share; whoever has it can act as any of them. */
export interface Secret {
  /** A key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869); it tells nothing of the others. */
  key: (purpose: string) => Uint8Array
}

export function createSecret(text: string): Secret {
  return { key: (purpose) => new Uint8Array(hkdfSync('sha256', text, '', `campus ${purpose}`, 32)) }
}

/**
 * Reads the secret from a file; makes the file, readable by its owner only, when it is missing.
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
    // A link fails when another process was faster; then its secret is the one.
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
