import type { BatchItem, BatchStatement, BatchWriter, InputKind } from './batch.ts'
import { instantToText } from './encoding.ts'
import { violation } from './error.ts'
import type { Connections } from './postgres-client.ts'
import { retryRaces } from './postgres-race.ts'

/**
 * Writes batches on its own connection, one autocommit statement each: no transaction is ever open
 * between two messages, so a dead connection cannot leave one behind.
 */
export function createPostgresWriter(
  connections: Connections,
  statement: BatchStatement,
): BatchWriter {
  const { countedBy, ...plain } = statement
  const text = toStatement(plain)
  const countingText = toStatement(statement)

  async function write(items: BatchItem[]): Promise<Set<string>> {
    const isCounting = countedBy !== undefined && items.some(({ share }) => share)
    const values = [
      ...Object.entries(statement.input).map(([name, kind]) =>
        items.map(({ row }) => toText[kind](row[name])),
      ),
      items.map(({ storedResponse }) => storedResponse?.key ?? null),
      items.map(({ storedResponse }) => storedResponse?.request_hash ?? null),
      items.map(({ storedResponse }) => storedResponse?.answer ?? null),
      ...(isCounting ? toCounting(items, countedBy) : []),
    ]
    const rows = await send(isCounting ? countingText : text, values)
    return requireOwn(
      items,
      rows.map(({ id }) => id),
    )
  }

  // SQL by hand may lock rows in another order, and PostgreSQL ends one of two that deadlock. Two
  // processes may insert one idempotency key at the same moment, and one fails.
  function send(text: string, values: (string | null)[][]): Promise<{ id: string }[]> {
    return retryRaces(
      () =>
        connections.ask((client) =>
          client.unsafe<{ id: string }[]>(text, values, { prepare: true }),
        ),
      (error) => violation(error) === 'unique',
    )
  }

  return { write, concurrency: 1 }
}

// A result with rows we did not send is of another statement.
function requireOwn(items: BatchItem[], ids: string[]): Set<string> {
  const sent = new Set(items.map((item) => item.row.id))
  const foreign = ids.find((id) => !sent.has(id))
  if (foreign) throw new Error(`PostgreSQL answered for ${foreign}, which is not in the batch`)
  return new Set(ids)
}

function toStatement({ input, into, select, order, constraint, countedBy }: BatchStatement) {
  // A named constraint must exist: without it the statement fails.
  const target = constraint ? `ON CONSTRAINT ${constraint} ` : ''
  const columns = Object.entries(input).map(([name, kind]) => [name, postgresTypes[kind]])
  columns.push(['key', 'text'], ['request_hash', 'text'], ['answer', 'text'])
  if (countedBy) columns.push(['day_room', 'integer'])
  const arrays = columns.map(([, type], index) => `$${index + 1}::text[]::${type}[]`).join(', ')
  const count = countedBy && toCount(countedBy, columns.length)
  return `
    WITH input AS MATERIALIZED (
      SELECT * FROM unnest(${arrays}) AS sent(${columns.map(([name]) => name).join(', ')})
      WHERE CASE WHEN ${isReplay} THEN false ${count ? count.hasRoom : ''} ELSE true END),
    won AS (
      INSERT INTO ${into} ${select} ORDER BY ${order} ON CONFLICT ${target}DO NOTHING
      RETURNING id${countedBy ? `, ${countedBy} AS user_id` : ''}),
    remembered AS (
      INSERT INTO idempotency_keys (key, request_hash, answer, created)
      SELECT key, request_hash, answer, now() FROM input JOIN won USING (id) WHERE key IS NOT NULL)
    ${count ? count.statement : ''}
    SELECT id::text FROM won`
}

const isReplay =
  'key IS NOT NULL AND EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.key = sent.key)'

/**
 * Counts the rows of users, with two more parameters. The planner assumes that a CASE keeps half of
 * the rows; with conditions joined by AND it expects so few that it joins row by row, at 0.6 of the
 * rate.
 */
function toCount(countedBy: string, columns: number) {
  const [day, users] = [`($${columns + 1}::text[])[1]::timestamptz`, `$${columns + 2}::text[]`]
  const used = `SELECT used FROM daily_counts d WHERE d.day = ${day} AND d.user_id = ${countedBy}`
  return {
    hasRoom: `WHEN day_room IS NOT NULL THEN day_room > coalesce((${used}), 0)`,
    // Sorted, so that two processes lock users in the same order.
    statement: `, counted AS (
      INSERT INTO daily_counts AS d (day, user_id, used)
      SELECT ${day}, user_id, count(*) FROM won WHERE user_id = ANY(${users})
      GROUP BY user_id ORDER BY user_id
      ON CONFLICT (day, user_id) DO UPDATE SET used = d.used + excluded.used)`,
  }
}

/** The room left by earlier rows of the statement, the day, and the users. */
function toCounting(items: BatchItem[], countedBy: string): (string | null)[][] {
  const places = new Map<string, number>()
  let day = -Infinity
  const rooms = items.map(({ row, share }) => {
    if (!share) return null
    const user = String(row[countedBy])
    const place = places.get(user) ?? 0
    places.set(user, place + 1)
    day = Math.max(day, share.day)
    return String(share.max - place)
  })
  return [rooms, [instantToText(day)], [...places.keys()]]
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
