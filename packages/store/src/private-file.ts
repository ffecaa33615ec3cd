import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** The mode of new files: readable by their owner only, whatever the umask. */
export const privateFile = 0o600
/** For `mkdir`: folders that only their owner may read. Existing ones keep their mode. */
export const privateFolder = { recursive: true, mode: 0o700 }

/** Creates an empty file that only its owner may read, and its folder, unless they exist. */
export function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), privateFolder)
  closeSync(openSync(path, 'a', privateFile))
}
