import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describeError } from '../describe-error.ts'
import type { Log } from './log.ts'
import type { KeptKeys } from './verifying-keys.ts'

/** Keeps public keys in a file. Not secret, but anybody who can write the file is trusted. */
export function keepKeys(file: string, log: Log): KeptKeys {
  return {
    read: () => readFile(file, 'utf8').catch(() => undefined),
    write: async (text) => {
      const own = `${file}.${process.pid}`
      try {
        await mkdir(dirname(file), { recursive: true })
        await writeFile(own, text, { mode: 0o600 })
        await rename(own, file)
      } catch (error) {
        log.warn('public keys are not kept', { file, ...describeError(error) })
      }
    },
  }
}
