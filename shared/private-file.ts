import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** Who may read files that are made: their owner alone, whatever the umask. */
export const privateFile = 0o600
/** The same for folders. What is there already keeps the mode that somebody gave it. */
export const privateFolder = { recursive: true, mode: 0o700 }

/** Makes an empty file for its owner alone, and its folder, unless they are there. */
export function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), privateFolder)
  closeSync(openSync(path, 'a', privateFile))
}
