import type { Database, Statement } from 'bun:sqlite'
import type { BatchStatement, DailyShare, StoredResponse } from './batch.ts'
import { idToBytes } from './encoding.ts'
import type { Binding } from './sqlite-connection.ts'

/** A value as passed between threads, where an id is text. */
export type Value = string | number | null

/**
 * Values in the order of the statement's input. Passing JSON between threads costs a tenth of
 * passing objects.
 */
export interface BatchRow {
  values: Value[]
  storedResponse?: StoredResponse | undefined
  share?: DailyShare | undefined
}

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

/** The rows of a batch statement, each with its stored response and its share of a day. */
export function prepareBatch(database: Database, statement: BatchStatement) {
  const { toBindings, insert } = prepareInsert(database, statement)
  const responses = prepareResponses(database)
  const user = Object.keys(statement.input).indexOf(statement.countedBy ?? '')
  const day = user >= 0 ? prepareDay(database) : undefined

  function insertOne({ values, storedResponse, share }: BatchRow): boolean {
    if (responses.isThere(storedResponse)) return false
    if (share && !day?.consume(values[user], share)) return false
    if (!insert(toBindings(values))) {
      if (share) day?.refund(values[user], share)
      return false
    }
    if (storedResponse) responses.store(storedResponse)
    return true
  }

  return insertOne
}

function prepareDay(database: Database) {
  const consume = database.prepare(
    `INSERT INTO daily_counts (day, user_id, used) VALUES (?, ?, 1)
     ON CONFLICT (day, user_id) DO UPDATE SET used = used + 1 WHERE used < ?`,
  )
  const refund = database.prepare(
    'UPDATE daily_counts SET used = used - 1 WHERE day = ? AND user_id = ?',
  )
  return {
    consume: (user: Value | undefined, { day, max }: DailyShare) =>
      consume.run(day, user ?? null, max).changes > 0,
    refund: (user: Value | undefined, { day }: DailyShare) => void refund.run(day, user ?? null),
  }
}
