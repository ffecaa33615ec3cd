import type { BatchStatement, StoredResponse } from './batch.ts'
import { createGroupCommit } from './group-commit.ts'
import type { Store } from './store.ts'

/** A row that is wanted, and what it may be instead: the first alternative that wins is written. */
export interface BundleSlot<Row = Record<string, unknown>> {
  row: Row
  /** Values of the columns that `BundleStatement.alternatives` names, in their order. */
  alternatives: readonly (number | null)[][]
}

/** Rows that are written together. */
export interface Bundle<Row = Record<string, unknown>> {
  slots: BundleSlot<Row>[]
  /** None is written unless all are; else those that can be, at least one. */
  needsAll: boolean
  /**
   * Its `answer` is a JSON object. What was picked is added to it as the member `picks`, in the
   * same commit.
   */
  storedResponse: StoredResponse | undefined
}

/** Which alternative became the row of which slot, both counted from 0. */
export type Pick = [slot: number, alternative: number]

/** The statement of a row of a bundle, on SQLite; on PostgreSQL a function does all of it. */
export interface BundleStatement<Row = Record<string, unknown>> extends BatchStatement<Row> {
  /** Columns of the input that differ between alternatives: integers. */
  alternatives: readonly string[]
  /**
   * A function `(bundles jsonb) RETURNS TABLE (bundle, slot, alternative integer)`, which does what
   * `prepareBundle` of sqlite-bundle.ts does.
   */
  routine: string
}

export interface BundleWriter {
  /** Writes the bundles in one commit; undefined for each that was refused, or is a repeat. */
  write: (bundles: Bundle[]) => Promise<(Pick[] | undefined)[]>
  concurrency: number
}

/**
 * Bundles that arrive together share one commit, as rows of a batch do. One that is refused leaves
 * the others alone, and nothing of itself.
 * @returns adds one and resolves with what was picked; undefined when it was refused, or its stored
 *   response is there already. Throws 503 as a batch does.
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
