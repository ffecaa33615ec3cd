import { createDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { makeCars } from './cars.ts'
import { compare, overHttp, overSql } from './compare.ts'
import { toMeasurement, type Measurement, type Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

/** The gain of batching many bookings into one statement, HTTP included. */
export const postgresRow: Row = {
  name: 'postgres',
  what: 'PostgreSQL: bookings over HTTP, against one-row inserts in SQL from 16 connections',
  goal: { bound: 'at least', value: 1.5, unit: '×' },
  measure: () => withBench(againstPlainSql),
}

// Both write to one table, so both meet the same rows, indexes, constraint and triggers.
async function againstPlainSql(bench: Bench): Promise<Measurement> {
  const server = await startPostgres()
  bench.keep(() => server.stop())
  const databaseUrl = `${await createDatabase(server.url)}?search_path={service}`
  const { url } = await bench.start(['users', 'inventory'], { DATABASE_URL: databaseUrl })
  const contestants = [
    overHttp('over HTTP', url, await makeCars(url)),
    overSql('plain SQL', databaseUrl.replace('{service}', 'inventory'), 16),
  ]
  return toMeasurement(await compare(contestants))
}
