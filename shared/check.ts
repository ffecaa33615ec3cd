import type { Config } from './host/config.ts'
import type { Reader } from './store/reader.ts'

/** What a check of kept data may use. */
export interface CheckContext {
  reader: Reader
  config: Config
  clock: () => number
  /** The database of another service. */
  readerOf: (service: string) => Reader
  /** Says something that is worth knowing and no damage. */
  note: (text: string) => void
}

/** Looks for one kind of damage, and yields a line for each; changes nothing, in bounded pieces. */
export type Check = (context: CheckContext) => AsyncIterable<string>
