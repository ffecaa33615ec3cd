import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { withBench, type Bench } from './bench.ts'
import { makeCars } from './cars.ts'
import { booking, compare, overHttp } from './compare.ts'
import type { LoadOrder } from './load.ts'
import { toMeasurement, type Row } from './row.ts'

interface Kind {
  name: string
  title: string
  what: NonNullable<LoadOrder['what']>
  goal: number
}

const kinds: Kind[] = [
  { name: 'any-of', title: 'any free one of 1,000', what: 'any-of', goal: 0.5 },
  { name: 'bundles', title: 'three at once or none', what: 'bundle', goal: 0.3 },
  { name: 'holds', title: 'a hold and its confirmation', what: 'hold', goal: 0.45 },
]

/** The cost of other ways to book, against booking one resource on the same system. */
export const bundleRows: Row[] = (['SQLite', 'PostgreSQL'] as const).flatMap((engine) =>
  kinds.map(({ name, title, what, goal }) => ({
    name: engine === 'SQLite' ? name : `pg-${name}`,
    what: `${engine}: ${title}, against bookings of one resource`,
    goal: { bound: 'at least', value: goal, unit: '' } as const,
    measure: () =>
      withBench(async (bench) => {
        const { url } = await bench.start(['users', 'inventory'], await databaseOf(bench, engine))
        const paths = await makeCars(url)
        const contestants = [
          booking(title, { url, paths, what }),
          overHttp('one resource', url, paths),
        ]
        return toMeasurement(await compare(contestants))
      }),
  })),
)

async function databaseOf(bench: Bench, engine: 'SQLite' | 'PostgreSQL') {
  if (engine === 'SQLite') return undefined
  const server = await startPostgres()
  bench.keep(() => server.stop())
  const database = await createDatabase(server.url)
  bench.keep(() => dropDatabase(server.url, database))
  return { DATABASE_URL: `${database}?search_path={service}` }
}
