import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { createRandom } from '../../services/inventory/testing/random.ts'
import { readAuthorization } from '../harness/administrator.ts'
import { percentile } from '../harness/figure.ts'
import { createCars } from '../harness/request.ts'
import { withBench, type Bench } from './bench.ts'
import { fillBusy, perResource } from './busy-table.ts'
import type { Measurement, Row } from './row.ts'

type Engine = 'SQLite' | 'PostgreSQL'

const resources = 10_000
const fewResources = 100
const looks = 1000

/** How long it takes to find three free hours among things that are hardly ever free. */
export const openingRows: Row[] = (['SQLite', 'PostgreSQL'] as const).flatMap((engine) => {
  const name = engine === 'SQLite' ? 'openings' : 'pg-openings'
  const rows = (resources * perResource).toLocaleString('en')
  return [
    {
      name,
      what: `${engine}: the p99 of openings of 3 h, ${rows} rows of ${resources} cars, 96 % busy`,
      goal: { bound: 'at most', value: 20, unit: ' ms' } as const,
      measure: async () => toMeasurement(await measure(engine, resources), 'p99'),
    },
    {
      name: `${name}-ratio`,
      what: `${engine}: the p50 of the same, against ${fewResources * perResource} rows`,
      goal: { bound: 'at most', value: 1.5, unit: '×' } as const,
      measure: async () => {
        const [many, few] = [await measure(engine, resources), await measure(engine, fewResources)]
        return { value: many.p50 / few.p50, notes: [...many.notes, ...few.notes] }
      },
    },
  ]
})

interface Times {
  p50: number
  p99: number
  notes: string[]
}

async function measure(engine: Engine, cars: number): Promise<Times> {
  return withBench(async (bench) => {
    const database = await placeOf(bench, engine)
    const { url } = await bench.start(['users', 'inventory'], { INVENTORY_DATABASE_URL: database })
    await createCars(url, cars)
    const { from, to } = await fillBusy(database)
    const authorization = await readAuthorization(url)
    const random = createRandom(1)
    const look = async () => {
      const after = new Date(from + random.integer(to - from)).toISOString()
      const begin = performance.now()
      const query = `type=Car&duration=PT3H&limit=20&after=${after}`
      const answer = await fetch(`${url}/api/openings?${query}`, { headers: { authorization } })
      const found = (await answer.json()) as unknown[]
      if (answer.status !== 200 || found.length !== 20) throw new Error(JSON.stringify(found))
      return performance.now() - begin
    }
    const first = await look()
    const times: number[] = []
    for (let at = 0; at < looks; at++) times.push(await look())
    const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)]
    const figures = `p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, the first ${first.toFixed(0)} ms`
    return { p50, p99, notes: [`${cars * perResource} rows: ${figures}`] }
  })
}

function toMeasurement(times: Times, figure: 'p50' | 'p99'): Measurement {
  return { value: times[figure], notes: times.notes }
}

async function placeOf(bench: Bench, engine: Engine): Promise<string> {
  if (engine === 'SQLite') return `sqlite:${bench.folder}/openings.sqlite`
  const server = await startPostgres()
  bench.keep(() => server.stop())
  const database = await createDatabase(server.url)
  bench.keep(() => dropDatabase(server.url, database))
  return database
}
