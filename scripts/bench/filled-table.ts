import { Database } from 'bun:sqlite'

/** A SQLite table of bookings with a known number of rows. */
export interface FilledTable {
  /** Removes all rows added since. */
  reset: () => Promise<void>
  close: () => void
}

const firstMinute = Date.parse('2030-01-01T00:00:00Z') / 60_000
const century_minutes = 36_525 * 1440

/**
 * Fills the table of allocations of a running service with one-minute bookings like those of the
 * load, spread over all of its resources and a century. Their order is independent of both, so that
 * the index has grown as in years of service.
 */
export function fillTable(file: string, rows: number): FilledTable {
  const database = new Database(file)
  database.run('PRAGMA busy_timeout = 10000')
  database.run('PRAGMA cache_size = -262144')
  withoutTriggers(database, () => insert(database, rows))
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
  const [last] = database.query('SELECT max(rowid) FROM allocations').values()
  return {
    reset: async () => {
      withoutTriggers(database, () =>
        database.run('DELETE FROM allocations WHERE rowid > ?', [Number(last?.[0])]),
      )
      database.run('DELETE FROM events')
      database.run('PRAGMA wal_checkpoint(TRUNCATE)')
    },
    close: () => database.close(),
  }
}

// Each resource divides the century into as many cells as it has rows, with one booking somewhere
// in each. 7919 is coprime to the counts used here, so its multiples visit every cell once.
function insert(database: Database, rows: number): void {
  const [counted] = database.query('SELECT count(*) FROM resources').values()
  const resources = Number(counted?.[0])
  const cell = Math.floor((century_minutes * resources) / rows)
  database.run(
    `WITH RECURSIVE steps(step, place) AS (
       SELECT 0, 0 UNION ALL
       SELECT step + 1, (place + 7919) % ?1 FROM steps WHERE step + 1 < ?1),
     spans AS (
       SELECT step, place % ?2 AS resource,
         (?3 + place / ?2 * ?4 + place * 104729 % (?4 - 1)) * 60000 AS begin FROM steps)
     INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
       allocation_type, description, dump, created, created_by)
     SELECT unhex(printf('%012x7%03x8%03x', 1767225600000 + step, step % 4096, step % 4096)
         || hex(randomblob(6))),
       (SELECT min(number) FROM resources) + resource, begin, begin + 60000,
       'booking', 'bench', '{}', 1767225600000 + step, 'bench'
     FROM spans`,
    [rows, resources, firstMinute, cell],
  )
}

// With its triggers, which look for overlaps and write events, filling a million rows takes half a
// minute. They are restored before anybody sees the rows, and the audit checks them.
export function withoutTriggers(database: Database, change: () => void): void {
  const triggers = database
    .query<{ name: string; sql: string }, []>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'allocations'`,
    )
    .all()
  const run = database.transaction(() => {
    for (const { name } of triggers) database.run(`DROP TRIGGER ${name}`)
    change()
    for (const { sql } of triggers) database.run(sql)
  })
  run.immediate()
}
