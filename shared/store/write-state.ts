import { storageFault } from './error.ts'

/** Whether the disk takes what is written. */
export interface WriteState {
  /** Watches a write. */
  follow: <T>(write: Promise<T>) => Promise<T>
  /**
   * Writes something once a write failed because of the disk, until that succeeds.
   * @throws what the disk says
   */
  requireWritable: () => Promise<void>
}

/** @param probe writes to the disk, and changes nothing */
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
