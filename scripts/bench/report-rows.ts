import { Database } from 'bun:sqlite'
import postgres from 'postgres'
import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { readAuthorization } from '../harness/administrator.ts'
import { median } from '../harness/figure.ts'
import { createResources } from '../harness/request.ts'
import { withBench, type Bench } from './bench.ts'
import { notRun, type Measurement, type Row } from './row.ts'
import { hour_ms } from '../../shared/duration.ts'

type Engine = 'SQLite' | 'PostgreSQL'

const rows = 1_000_000
const trucks = 1000
const people = 1000
const looks = 5

/** The time to compute a report of use. */
export const reportRows: Row[] = (['SQLite', 'PostgreSQL'] as const).map((engine) => ({
  name: engine === 'SQLite' ? 'report' : 'pg-report',
  what: `${engine}: a year of ${rows.toLocaleString('en')} bookings, by resource and by person`,
  goal: { bound: 'at most', value: 300, unit: ' ms' } as const,
  measure: () => withBench((bench) => readReports(bench, engine)),
}))

async function readReports(bench: Bench, engine: Engine): Promise<Measurement> {
  const database = await placeOf(bench, engine)
  const { url } = await bench.start([], { BOOKINGS_DATABASE_URL: database })
  const paths = await createResources(url, trucks, 'trucks')
  await fill(
    database,
    paths.map((path) => path.split('/')[3] ?? ''),
  )
  const authorization = await readAuthorization(url)
  const year = 'from=2031-01-01T00:00:00Z&to=2032-01-01T00:00:00Z'
  const medians: number[] = []
  for (const by of ['resource', 'person']) {
    const times: number[] = []
    for (let look = 0; look < looks; look++) {
      const begin = performance.now()
      const answer = await fetch(`${url}/api/bookings/utilisation?by=${by}&${year}`, {
        headers: { authorization },
      })
      const report = (await answer.json()) as { rows: { bookings: number }[] }
      times.push(performance.now() - begin)
      if (answer.status !== 200) return notRun(JSON.stringify(report))
      const counted = report.rows.reduce((total, { bookings }) => total + bookings, 0)
      if (counted !== rows) return notRun(`${counted} bookings were counted`)
    }
    medians.push(median(times))
  }
  const [byResource = NaN, byPerson = NaN] = medians
  const notes = [`by resource ${byResource.toFixed(0)} ms`, `by person ${byPerson.toFixed(0)} ms`]
  return { value: Math.max(byResource, byPerson), notes }
}

async function placeOf(bench: Bench, engine: Engine): Promise<string> {
  if (engine === 'SQLite') return `sqlite:${bench.folder}/report.sqlite`
  const server = await startPostgres()
  bench.keep(() => server.stop())
  const database = await createDatabase(server.url)
  bench.keep(() => dropDatabase(server.url, database))
  return database
}

const begin = Date.parse('2031-01-01T00:00:00Z')
// A thousand bookings of each resource in 365 days: one every eight hours and three quarters.
const perResource = rows / trucks
const step_ms = Math.floor((365 * 24 * hour_ms) / perResource)

// Inserted without bookings, whose triggers would take minutes.
const values = (n: string) => `
  ${n} % ${trucks} AS resource, ${n} / ${trucks} * 7919 % ${people} AS person,
  CASE ${n} % 10 WHEN 0 THEN 'no_show' WHEN 1 THEN 'confirmed' ELSE 'returned' END AS state,
  ${begin} + ${n} / ${trucks} * ${step_ms} AS from_ms`

async function fill(url: string, ids: string[]): Promise<void> {
  if (!url.startsWith('sqlite:')) return fillPostgres(url, ids)
  using database = new Database(url.slice('sqlite:'.length))
  database.run('PRAGMA busy_timeout = 10000')
  database.run('PRAGMA cache_size = -262144')
  database.run('CREATE TEMP TABLE ids (number INTEGER PRIMARY KEY, id BLOB)')
  const insert = database.prepare('INSERT INTO ids VALUES (?, unhex(?))')
  ids.forEach((id, number) => insert.run(number, id.replaceAll('-', '')))
  insert.finalize()
  database.run(
    `WITH RECURSIVE steps(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM steps WHERE n + 1 < ${rows}),
       spans AS (SELECT n, ${values('n')} FROM steps)
     INSERT INTO booked_times
     SELECT randomblob(16), 0, ids.id, printf('01a1fe45-0000-7000-8000-%012d', person), state,
       from_ms, from_ms + ${2 * hour_ms}, NULL
     FROM spans JOIN ids ON ids.number = spans.resource`,
  )
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
}

async function fillPostgres(url: string, ids: string[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(
      `WITH ids AS (SELECT ordinality - 1 AS number, id
         FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, ordinality)),
       spans AS (SELECT n, ${values('n')} FROM generate_series(0::bigint, ${rows - 1}) AS n)
       INSERT INTO booked_times
       SELECT gen_random_uuid(), 0, ids.id,
         '01a1fe45-0000-7000-8000-' || lpad(person::text, 12, '0'), state,
         from_ms, from_ms + ${2 * hour_ms}, NULL
       FROM spans JOIN ids ON ids.number = spans.resource`,
      [ids],
    )
    await sql.unsafe('VACUUM ANALYZE booked_times')
  } finally {
    await sql.end()
  }
}
