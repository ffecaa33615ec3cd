import { createDatabase, dropDatabase, startPostgres } from '../../shared/testing/postgres.ts'
import { createRandom } from '../../services/inventory/testing/random.ts'
import { readAuthorization } from '../harness/administrator.ts'
import { median, percentile } from '../harness/figure.ts'
import { createCars } from '../harness/request.ts'
import { withBench, type Bench } from './bench.ts'
import { fillBusy, perResource } from './busy-table.ts'
import type { Measurement, Row } from './row.ts'

type Engine = 'SQLite' | 'PostgreSQL'

const cars = 10_000
const fewCars = 100
const looks = 1000
const rows = (cars * perResource).toLocaleString('en')

/** The time to find three free hours among resources that are hardly ever free. */
export const openingRows: Row[] = (['SQLite', 'PostgreSQL'] as const).flatMap((engine): Row[] => {
  const name = engine === 'SQLite' ? 'openings' : 'pg-openings'
  return [
    {
      name,
      what: `${engine}: the p99 of openings of 3 h, ${rows} rows of ${cars} cars, 96 % busy`,
      goal: { bound: 'at most', value: 20, unit: ' ms' },
      measure: () => withBench((bench) => measureMany(bench, engine)),
    },
    {
      name: `${name}-few`,
      what: `${engine}: the p50 of the same, against ${fewCars * perResource} rows`,
      goal: { bound: 'at most', value: 1.5, unit: '×' },
      measure: () => withBench((bench) => compareWithFew(bench, engine)),
    },
  ]
})

async function measureMany(bench: Bench, engine: Engine): Promise<Measurement> {
  const { look, first } = await openFilled(bench, engine, cars)
  const times: number[] = []
  for (let at = 0; at < looks; at++) times.push(await look())
  const note = `p50 ${median(times).toFixed(2)} ms, the first ${first.toFixed(0)} ms`
  return { value: percentile(times, 0.99), notes: [note] }
}

async function compareWithFew(bench: Bench, engine: Engine): Promise<Measurement> {
  const many = await openFilled(bench, engine, cars)
  const few = await openFilled(bench, engine, fewCars)
  const times: [number, number][] = []
  for (let at = 0; at < looks; at++) times.push([await many.look(), await few.look()])
  const [a, b] = [median(times.map(([time]) => time)), median(times.map(([, time]) => time))]
  return { value: a / b, notes: [`${a.toFixed(2)} and ${b.toFixed(2)} ms`] }
}

/** A system with that many cars. @returns a search for openings that returns milliseconds */
async function openFilled(bench: Bench, engine: Engine, count: number) {
  const database = await placeOf(bench, engine, count)
  const { url } = await bench.start(['users', 'inventory'], { INVENTORY_DATABASE_URL: database })
  await createCars(url, count)
  const { from, to } = await fillBusy(database)
  const authorization = await readAuthorization(url)
  const random = createRandom(1)
  async function look(): Promise<number> {
    const after = new Date(from + random.integer(to - from)).toISOString()
    const query = `type=Car&duration=PT3H&limit=20&after=${after}`
    const begin = performance.now()
    const answer = await fetch(`${url}/api/openings?${query}`, { headers: { authorization } })
    const found = (await answer.json()) as unknown[]
    const time = performance.now() - begin
    if (answer.status === 200 && found.length === 20) return time
    throw new Error(JSON.stringify(found))
  }
  return { look, first: await look() }
}

async function placeOf(bench: Bench, engine: Engine, count: number): Promise<string> {
  if (engine === 'SQLite') return `sqlite:${bench.folder}/openings-${count}.sqlite`
  const server = await startPostgres()
  bench.keep(() => server.stop())
  const database = await createDatabase(server.url)
  bench.keep(() => dropDatabase(server.url, database))
  return database
}
