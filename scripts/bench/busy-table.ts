import { Database } from 'bun:sqlite'
import postgres from 'postgres'
import { withoutTriggers } from './filled-table.ts'
import { day_ms } from '../../shared/duration.ts'

/** The content of a table for the search of openings. */
export interface BusyTable {
  /** Start of its first booking. */
  from: number
  to: number
}

export const perResource = 100
const from = Date.parse('2031-01-01T00:00:00Z')

// 23 hours of each day are booked, on 96 % of the days; on one day in a thousand only 20, where
// three free hours can be found. Each resource begins at another minute.
const values = (minute: string) => `
  SELECT r.number AS resource,
    (r.number * 7919 % 1440) * ${minute} + day * 1440 * ${minute} AS begin,
    CASE WHEN (r.number * 31 + day) % 1000 = 0 THEN 1200 ELSE 1380 END * ${minute} AS length`

/** Books `perResource` days of each resource of a running service, past its triggers. */
export async function fillBusy(url: string): Promise<BusyTable> {
  await (url.startsWith('sqlite:') ? fillSqlite(url.slice('sqlite:'.length)) : fillPostgres(url))
  return { from, to: from + perResource * day_ms }
}

async function fillSqlite(file: string): Promise<void> {
  using database = new Database(file)
  database.run('PRAGMA busy_timeout = 10000')
  withoutTriggers(database, () =>
    database.run(
      `WITH RECURSIVE days(day) AS (SELECT 0 UNION ALL SELECT day + 1 FROM days WHERE day + 1 < ?1),
         spans AS (${values('60000')} FROM resources r, days ORDER BY day, r.number)
       INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
         allocation_type, description, dump, created, created_by)
       SELECT randomblob(16), resource, ?2 + begin, ?2 + begin + length, 'booking', 'bench', '{}',
         0, 'bench' FROM spans`,
      [perResource, from],
    ),
  )
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
}

async function fillPostgres(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(`SET session_replication_role = replica`)
    await sql.unsafe(
      `WITH spans AS (${values(`interval '1 minute'`)}
         FROM resources r, generate_series(0, ${perResource - 1}) AS day)
       INSERT INTO allocations (id, resource_number, from_datetime, to_datetime,
         allocation_type, description, dump, created, created_by)
       SELECT gen_random_uuid(), resource, '2031-01-01Z'::timestamptz + begin,
         '2031-01-01Z'::timestamptz + begin + length, 'booking', 'bench', '{}', now(), 'bench'
       FROM spans`,
    )
    await sql.unsafe(`ANALYZE allocations`)
  } finally {
    await sql.end()
  }
}
