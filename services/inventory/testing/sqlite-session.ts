import { Database } from 'bun:sqlite'
import type { TimeSpan } from '../span.ts'
import { tables, type HandResult, type SqlSession, type StoredRow } from './sql-session.ts'

interface Row {
  id: string
  resource_id: string
  from_datetime: number
  to_datetime: number
  before: number
  after: number
  allocation_type: string
  version: number
  held_until: number | null
}

interface VersionRow extends Omit<Row, 'resource_id' | 'allocation_type'> {
  change: string | null
  changed_by: string | null
}

// What the migration calls the infinities.
const infinity = 9_007_199_254_740_991

/** The `sqlite3` at hand: a second connection to the file, with SQLite's own defaults. */
export function openSqliteSession(file: string): SqlSession {
  const database = new Database(file, { readwrite: true })
  database.run('PRAGMA busy_timeout = 10000')
  const insert = database.query(
    `INSERT INTO allocations (id, resource_number, from_datetime, to_datetime, allocation_type,
       description, dump, created, created_by, buffer_before_seconds, buffer_after_seconds)
     SELECT unhex(?1, '-'), number, ?2 - 1000 * before, ?3 + 1000 * after, 'booking', '', '{}', 0,
       'by hand', before, after
     FROM (
       SELECT number, iif(?2 = -${infinity}, 0, coalesce(buffer_before_seconds, 0)) AS before,
         iif(?3 = ${infinity}, 0, coalesce(buffer_after_seconds, 0)) AS after
       FROM resources WHERE id = unhex(?4, '-'))`,
  )
  const move = database.query(
    `UPDATE allocations SET
       from_datetime = ?1 - iif(?1 = -${infinity}, 0, 1000 * buffer_before_seconds),
       to_datetime = ?2 + iif(?2 = ${infinity}, 0, 1000 * buffer_after_seconds),
       buffer_before_seconds = iif(?1 = -${infinity}, 0, buffer_before_seconds),
       buffer_after_seconds = iif(?2 = ${infinity}, 0, buffer_after_seconds)
     WHERE id = unhex(?3, '-')`,
  )
  const remove = database.query(`DELETE FROM allocations WHERE id = unhex(?, '-')`)
  const end = database.query(
    `UPDATE allocations SET held_until = 1
     WHERE id = unhex(?, '-') AND held_until > unixepoch('subsec') * 1000`,
  )
  const offer = database.query(
    `INSERT INTO waitlist_turns (resource_number, from_datetime, to_datetime)
     SELECT resource_number, from_datetime, to_datetime FROM allocations
     WHERE id = unhex(?, '-') AND held_until = 1`,
  )
  const read = database.query<Row, [string | null]>(
    `SELECT lower(hex(a.id)) AS id, lower(hex(r.id)) AS resource_id,
       a.from_datetime, a.to_datetime, a.allocation_type, a.version, a.held_until,
       1000 * a.buffer_before_seconds AS before, 1000 * a.buffer_after_seconds AS after
     FROM allocations a JOIN resources r ON r.number = a.resource_number
     WHERE (?1 IS NULL OR r.id IN (SELECT unhex(value, '-') FROM json_each(?1)))
       AND (held_until IS NULL OR held_until > unixepoch('subsec') * 1000)
     ORDER BY a.resource_number, a.from_datetime`,
  )
  const versions = database.query<VersionRow, []>(
    `SELECT lower(hex(id)) AS id, from_datetime, to_datetime, version, held_until, change,
       changed_by, 1000 * buffer_before_seconds AS before, 1000 * buffer_after_seconds AS after
     FROM (
       SELECT allocation_id AS id, from_datetime, to_datetime, version, held_until, change,
         changed_by, buffer_before_seconds, buffer_after_seconds, number FROM allocation_versions
       UNION ALL
       SELECT id, from_datetime, to_datetime, version, held_until, NULL, NULL,
         buffer_before_seconds, buffer_after_seconds, ${infinity}
       FROM allocations)
     ORDER BY number`,
  )
  return {
    mayDeadlock: false,
    // The trigger leaves a row out in silence, so that other rows of the statement can win.
    insert: async ({ id, resource_id, span }) =>
      attempt(() => insert.run(id, ...toIntegers(span), resource_id).changes, 'refused'),
    move: async (id, span) => attempt(() => move.run(...toIntegers(span), id).changes, 'absent'),
    remove: async (id) => attempt(() => remove.run(id).changes, 'absent'),
    end: async (id) => {
      const result = attempt(() => end.run(id).changes, 'absent')
      offer.run(id)
      return result
    },
    readRows: async (ids) => read.all(ids ? JSON.stringify(ids) : null).map(toRow),
    readVersions: async () => versions.all().map(toVersion),
    dump: async () =>
      JSON.stringify(tables.map((name) => database.query(`SELECT * FROM ${name}`).values())),
    close: async () => database.close(),
  }
}

function attempt(run: () => number, nothing: HandResult): HandResult {
  try {
    return run() > 0 ? 'done' : nothing
  } catch (error) {
    if (error instanceof Error && /allocation_(overlap|span|buffers)/.test(error.message))
      return 'refused'
    throw error
  }
}

function toIntegers({ from, to }: TimeSpan): [number, number] {
  return [from === -Infinity ? -infinity : from, to === Infinity ? infinity : to]
}

function toRow(row: Row): StoredRow {
  const { id, resource_id, allocation_type, version, held_until } = row
  const ids = { id: toUuid(id), resource_id: toUuid(resource_id) }
  return { ...ids, ...toSpans(row), allocation_type, version, held_until }
}

function toVersion(row: VersionRow) {
  const { id, version, held_until, change, changed_by } = row
  return { id: toUuid(id), span: toSpans(row).span, version, held_until, change, changed_by }
}

function toSpans({
  from_datetime: from,
  to_datetime: to,
  before,
  after,
}: Pick<Row, 'from_datetime' | 'to_datetime' | 'before' | 'after'>) {
  return { span: toSpan(from + before, to - after), busy: toSpan(from, to) }
}

function toSpan(from: number, to: number): TimeSpan {
  return { from: from === -infinity ? -Infinity : from, to: to === infinity ? Infinity : to }
}

function toUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
