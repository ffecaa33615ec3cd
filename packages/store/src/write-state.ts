import { storageFault } from './error.ts'

/** Whether the disk accepts writes. */
export interface WriteState {
  /** Watches a write. */
  follow: <T>(write: Promise<T>) => Promise<T>
  /**
   * After a write failed because of the disk, writes a probe until that succeeds.
   * @throws the error of the disk
   */
  requireWritable: () => Promise<void>
}

/** @param probe writes to the disk without changing anything */
export function createWriteState(probe: () => Promise<unknown>): WriteState {
  let hasFailed = false
  return {
    follow: async (write) => {
      try {
        return await write
      } catch (error) {
        const fault = storageFault(error)
        hasFailed ||= fault === 'full' || fault === 'io'
        throw error
      }
    },
    requireWritable: async () => {
      if (!hasFailed) return
      await probe()
      hasFailed = false
    },
  }
}
