import type { BatchItem, BatchStatement, BatchWriter, InputKind } from './batch.ts'
import { instantToText } from './columns.ts'
import { isDeadlock, violation } from './error.ts'
import type { Connections } from './postgres-client.ts'

const attemptsMax = 3

/**
 * Writes batches on a connection of its own, one autocommit statement each: no transaction is ever
 * open between two messages, so a dead connection cannot leave one behind.
 */
export function createPostgresWriter(
  connections: Connections,
  statement: BatchStatement,
): BatchWriter {
  const columns = Object.entries(statement.input)
  const text = toStatement(columns, statement)

  async function write(items: BatchItem[]): Promise<Set<string>> {
    const values = [
      ...columns.map(([name, kind]) => items.map(({ row }) => toText[kind](row[name]))),
      items.map(({ storedResponse }) => storedResponse?.key ?? null),
      items.map(({ storedResponse }) => storedResponse?.request_hash ?? null),
      items.map(({ storedResponse }) => storedResponse?.answer ?? null),
    ]
    const rows = await send(values)
    return requireOwn(
      items,
      rows.map(({ id }) => id),
    )
  }

  // Who writes by hand may take rows in another order, and PostgreSQL ends one of two that wait for
  // each other. Two processes may meet one idempotency key at the same moment, and one fails on it.
  // Nothing was done then; the next attempt sees what the other one did, and loses to it.
  async function send(values: (string | null)[][], attempt = 1): Promise<{ id: string }[]> {
    try {
      return await connections.ask((client) =>
        client.unsafe<{ id: string }[]>(text, values, { prepare: true }),
      )
    } catch (error) {
      const isRace = isDeadlock(error) || violation(error) === 'unique'
      if (!isRace || attempt === attemptsMax) throw error
      return send(values, attempt + 1)
    }
  }

  return { write, concurrency: 1 }
}

// An answer that names rows we did not send belongs to somebody else's statement.
function requireOwn(items: BatchItem[], ids: string[]): Set<string> {
  const sent = new Set(items.map((item) => item.row.id))
  const foreign = ids.find((id) => !sent.has(id))
  if (foreign) throw new Error(`PostgreSQL answered for ${foreign}, which is not in the batch`)
  return new Set(ids)
}

function toStatement(columns: [string, InputKind][], statement: BatchStatement) {
  const { into, select, order, constraint } = statement
  // Named, it must be there: without it the statement fails, whoever removed it when.
  const target = constraint ? `ON CONSTRAINT ${constraint} ` : ''
  const names = [...columns.map(([name]) => name), 'key', 'request_hash', 'answer']
  const types = [...columns.map(([, kind]) => postgresTypes[kind]), 'text', 'text', 'text']
  const arrays = types.map((type, index) => `$${index + 1}::text[]::${type}[]`).join(', ')
  return `
    WITH input AS MATERIALIZED (
      SELECT * FROM unnest(${arrays}) AS sent(${names.join(', ')})
      WHERE key IS NULL OR NOT EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.key = sent.key)),
    won AS (
      INSERT INTO ${into} ${select} ORDER BY ${order} ON CONFLICT ${target}DO NOTHING
      RETURNING id),
    remembered AS (
      INSERT INTO idempotency_keys (key, request_hash, answer, created)
      SELECT key, request_hash, answer, now() FROM input JOIN won USING (id) WHERE key IS NOT NULL)
    SELECT id::text FROM won`
}

const postgresTypes: Record<InputKind, string> = {
  id: 'uuid',
  instant: 'timestamptz',
  text: 'text',
  integer: 'integer',
}

const toText: Record<InputKind, (value: unknown) => string | null> = {
  id: (value) => value as string | null,
  instant: (value) => (value === null ? null : instantToText(value as number)),
  text: (value) => value as string | null,
  integer: (value) => (value === null ? null : String(value)),
}
