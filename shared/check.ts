import type { Config } from './host/config.ts'
import type { DatabaseReader } from '@campus/store/reader.ts'

/** What a check of stored data may use. */
export interface CheckContext {
  reader: DatabaseReader
  config: Config
  clock: () => number
  /** The database of another service. */
  readerOf: (service: string) => DatabaseReader
  /** Reports something that is worth knowing but no damage. */
  note: (text: string) => void
}

/** Looks for one kind of damage in bounded pieces and yields a line for each; changes nothing. */
export type Check = (context: CheckContext) => AsyncIterable<string>
