import type { Database, Statement } from 'bun:sqlite'
import type { StoredResponse } from './batch.ts'
import type { BundleStatement, Pick } from './bundle.ts'
import { idToBytes } from './columns.ts'
import type { Binding } from './sqlite-connection.ts'

/** A bundle as it crosses threads: values in the order of the statement's input. */
export interface BundleRows {
  slots: { values: (string | number | null)[]; alternatives: (number | null)[][] }[]
  needsAll: boolean
  storedResponse?: StoredResponse | undefined
}

const refused = new Error('refused')

/**
 * The script of one bundle, within the transaction of the writing thread and under a savepoint of
 * its own: what it did is undone when it is refused, and nothing else is.
 */
export function prepareBundle(
  database: Database,
  { input, into, select, alternatives }: BundleStatement,
): (bundle: BundleRows) => Pick[] | undefined {
  const names = Object.keys(input)
  const kinds = Object.values(input)
  const varying = alternatives.map((name) => names.indexOf(name))
  const insert: Statement<unknown, Binding[]> = database.prepare(
    `WITH input(${names.join(', ')}) AS (SELECT ${names.map(() => '?').join(', ')})
     INSERT INTO ${into} ${select} ON CONFLICT DO NOTHING`,
  )
  const seen = database.prepare('SELECT 1 FROM idempotency_keys WHERE key = ?')
  const remember = database.prepare(
    'INSERT INTO idempotency_keys (key, request_hash, answer, created) VALUES (?, ?, ?, ?)',
  )

  function place({ values, alternatives: choices }: BundleRows['slots'][number]): number {
    const bindings = values.map((value, at) =>
      kinds[at] === 'id' && value !== null ? idToBytes(value as string) : value,
    )
    return choices.findIndex((choice) => {
      varying.forEach((column, at) => (bindings[column] = choice[at] ?? null))
      return insert.run(...bindings).changes > 0
    })
  }

  function run({ slots, needsAll, storedResponse }: BundleRows): Pick[] {
    const picks: Pick[] = []
    for (const [at, slot] of slots.entries()) {
      const alternative = place(slot)
      if (alternative !== -1) picks.push([at, alternative])
      else if (needsAll) throw refused
    }
    if (picks.length === 0) throw refused
    if (storedResponse) {
      const { key, request_hash, answer } = storedResponse
      const whole = `${answer.slice(0, -1)},"picks":${JSON.stringify(picks)}}`
      remember.run(key, request_hash, whole, Date.now())
    }
    return picks
  }

  // One row is written or not: there is nothing to undo.
  const runUnderSavepoint = database.transaction(run)
  return (bundle) => {
    if (bundle.storedResponse && seen.get(bundle.storedResponse.key)) return undefined
    try {
      return bundle.slots.length === 1 ? run(bundle) : runUnderSavepoint(bundle)
    } catch (error) {
      if (error === refused) return undefined
      throw error
    }
  }
}
