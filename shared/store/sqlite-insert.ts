import type { Database, Statement } from 'bun:sqlite'
import type { BatchStatement, StoredResponse } from './batch.ts'
import { idToBytes } from './columns.ts'
import type { Binding } from './sqlite-connection.ts'

/** A value as passed between threads, where an id is text. */
export type Value = string | number | null

/**
 * One row of a batch statement, on the writing thread.
 * @returns `toBindings`: the row's values in the order of the statement's input, as SQLite binds
 *   them; `insert`: whether the row was inserted
 */
export function prepareInsert(database: Database, { input, into, select }: BatchStatement) {
  const names = Object.keys(input)
  const kinds = Object.values(input)
  const statement: Statement<unknown, Binding[]> = database.prepare(
    `WITH input(${names.join(', ')}) AS (SELECT ${names.map(() => '?').join(', ')})
     INSERT INTO ${into} ${select} ON CONFLICT DO NOTHING`,
  )
  return {
    toBindings: (values: Value[]): Binding[] =>
      values.map((value, at) =>
        kinds[at] === 'id' && value !== null ? idToBytes(value as string) : value,
      ),
    insert: (bindings: Binding[]) => statement.run(...bindings).changes > 0,
  }
}

/** The stored responses of a database. */
export function prepareResponses(database: Database) {
  const find = database.prepare('SELECT 1 FROM idempotency_keys WHERE key = ?')
  const insert = database.prepare(
    'INSERT INTO idempotency_keys (key, request_hash, answer, created) VALUES (?, ?, ?, ?)',
  )
  return {
    isThere: (response: StoredResponse | undefined) =>
      response !== undefined && find.get(response.key) !== null,
    store: ({ key, request_hash, answer }: StoredResponse) =>
      void insert.run(key, request_hash, answer, Date.now()),
  }
}
