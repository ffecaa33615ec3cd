import type { BatchStatement, StoredResponse } from './batch.ts'
import { createGroupCommit } from './group-commit.ts'
import type { Store } from './store.ts'

/** A wanted row and its alternatives: the first one that is free is written. */
export interface BundleSlot<Row = Record<string, unknown>> {
  row: Row
  /** Values of the columns in `BundleStatement.alternatives`, in their order. */
  alternatives: readonly (number | null)[][]
}

/** Rows that are written together. */
export interface Bundle<Row = Record<string, unknown>> {
  slots: BundleSlot<Row>[]
  /** True: all rows or none. False: those that can be written, at least one. */
  needsAll: boolean
  /** Its `answer` is a JSON object, to which the same commit adds what was picked as `picks`. */
  storedResponse: StoredResponse | undefined
}

/** Which alternative was written for which slot, both counted from 0. */
export type Pick = [slot: number, alternative: number]

/** On SQLite the statement for a row of a bundle; on PostgreSQL a function does everything. */
export interface BundleStatement<Row = Record<string, unknown>> extends BatchStatement<Row> {
  /** The input columns that differ between alternatives: integers. */
  alternatives: readonly string[]
  /**
   * A function `(bundles jsonb) RETURNS TABLE (bundle, slot, alternative integer)` that does the
   * same as `prepareBundle` of sqlite-bundle.ts.
   */
  routine: string
}

export interface BundleWriter {
  /** Writes the bundles in one commit; undefined for each that was refused or is a retry. */
  write: (bundles: Bundle[]) => Promise<(Pick[] | undefined)[]>
  concurrency: number
}

/**
 * Bundles that arrive together share one commit, as rows of a batch do. A refused one leaves
 * nothing behind and does not affect the others.
 * @returns a function that adds one and resolves with what was picked; undefined when it was
 *   refused, or its response is already stored. Throws 503 as a batch does.
 */
export function createBundles<Row extends { id: string }>(
  store: Store,
  statement: BundleStatement<Row>,
): (bundle: Bundle<Row>) => Promise<Pick[] | undefined> {
  const { write, concurrency } = store.bundleWriter(statement)
  const enqueue = createGroupCommit<Bundle, Pick[] | undefined>({
    write,
    concurrency,
    rowsOf: ({ slots }) => slots.length,
  })
  return (bundle) => store.trace(statement.routine, () => enqueue(bundle as Bundle))
}
