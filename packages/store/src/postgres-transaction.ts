import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import postgres from 'postgres'
import { storageFault } from './error.ts'
import { createGroupCommit } from './group-commit.ts'
import type { Connections } from './postgres-client.ts'
import { retryRaces } from './postgres-race.ts'
import type { Filled } from './template.ts'

interface Transaction {
  message: string
  turn: string
}

// While one batch waits for the disk, the next one is collected.
const concurrency = 2
const joinedWait_ms = 200

/** `Store.atomically` on PostgreSQL. */
export function createTransactions(connections: Connections) {
  // It may deadlock with a batch of others.
  const send = async (message: string) =>
    void (await retryRaces(() => connections.ask((client) => client.unsafe(message))))

  const join = createGroupCommit<Transaction, void>({
    write: async (transactions) => {
      await send(toMessage(transactions))
      return transactions.map(() => {})
    },
    concurrency,
    // One that waits for a lock must not fail the others.
    isOfAll: (error) => !/^(busy|undefined)$/.test(String(storageFault(error))),
  })

  return async (statements: (SQL | Filled)[], turn?: string): Promise<boolean> => {
    const message = toTransaction(statements)
    try {
      await (turn === undefined ? send(message) : join({ message, turn }))
      return true
    } catch (error) {
      if (isDivisionByZero(error)) return false
      throw error
    }
  }
}

// One message without parameters, which the server runs as one transaction, so no connection is
// ever left inside one. If the last statement changed nothing, it divides by zero, which rolls
// everything back.
function toTransaction(statements: (SQL | Filled)[]): string {
  const texts = statements.map((statement) =>
    'text' in statement ? inline(statement) : dialect.sqlToQuery(statement.inlineParams()).sql,
  )
  const last = `WITH changed AS (${texts.pop()} RETURNING 1) SELECT 1 / count(*) FROM changed`
  return [...texts, last].join(';\n')
}

// Rows are locked in the same order by every process, so that none deadlock. A signature never
// covers what follows.
function toMessage(transactions: Transaction[]): string {
  const messages = transactions
    .toSorted((a, b) => (a.turn < b.turn ? -1 : 1))
    .map(({ message }) => message)
  const all = messages.join(`;\nSELECT set_config('campus.signed_by', '', true);\n`)
  // What has to wait for long runs on its own.
  const isJoined = messages.length > 1
  return isJoined ? `SELECT set_config('lock_timeout', '${joinedWait_ms}', true);\n${all}` : all
}

// As drizzle does for a statement that it builds.
function inline({ text, params }: Filled): string {
  return text.replace(/\$(\d+)/g, (_, place: string) => {
    const value = params[Number(place) - 1]
    if (value === null) return 'null'
    return typeof value === 'number' ? String(value) : dialect.escapeString(String(value))
  })
}

function isDivisionByZero(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === '22012'
}

const dialect = new PgDialect()
