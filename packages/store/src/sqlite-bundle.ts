import type { Database } from 'bun:sqlite'
import type { StoredResponse } from './batch.ts'
import type { BundleStatement, Pick } from './bundle.ts'
import { prepareInsert, prepareResponses, type Value } from './sqlite-insert.ts'

/** A bundle as passed between threads: values in the order of the statement's input. */
export interface BundleRows {
  slots: { values: Value[]; alternatives: (number | null)[][] }[]
  needsAll: boolean
  storedResponse?: StoredResponse | undefined
}

const refused = new Error('refused')

/**
 * The script of one bundle, within the transaction of the writing thread under its own savepoint:
 * when it is refused, only its own writes are rolled back.
 */
export function prepareBundle(
  database: Database,
  statement: BundleStatement,
): (bundle: BundleRows) => Pick[] | undefined {
  const names = Object.keys(statement.input)
  const varying = statement.alternatives.map((name) => names.indexOf(name))
  const { toBindings, insert } = prepareInsert(database, statement)
  const responses = prepareResponses(database)

  function place({ values, alternatives: choices }: BundleRows['slots'][number]): number {
    const bindings = toBindings(values)
    return choices.findIndex((choice) => {
      varying.forEach((column, at) => (bindings[column] = choice[at] ?? null))
      return insert(bindings)
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
      const whole = `${storedResponse.answer.slice(0, -1)},"picks":${JSON.stringify(picks)}}`
      responses.store({ ...storedResponse, answer: whole })
    }
    return picks
  }

  // A single row needs no savepoint: it is written or not.
  const runUnderSavepoint = database.transaction(run)
  return (bundle) => {
    if (responses.isThere(bundle.storedResponse)) return undefined
    try {
      return bundle.slots.length === 1 ? run(bundle) : runUnderSavepoint(bundle)
    } catch (error) {
      if (error === refused) return undefined
      throw error
    }
  }
}
