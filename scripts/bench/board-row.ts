import { readAuthorization } from '../harness/administrator.ts'
import { median } from '../harness/figure.ts'
import { makeCars } from './cars.ts'
import { fillTable } from './filled-table.ts'
import { notRun, type Measurement, type Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

/** How long a full board takes: one request, one page. */
export const boardRow: Row = {
  name: 'board',
  what: 'the p50 of a month of 300 cars in one answer, with 1,000,000 rows in the table',
  goal: { bound: 'at most', value: 100, unit: ' ms' },
  measure: () => withBench(readBoards),
}

const rows = 1_000_000
const cars = 300
const looks = 30

async function readBoards(bench: Bench): Promise<Measurement> {
  const file = `${bench.folder}/board.sqlite`
  const { url } = await bench.start(['users', 'inventory'], {
    INVENTORY_DATABASE_URL: `sqlite:${file}`,
  })
  await makeCars(url, cars)
  const table = fillTable(file, rows)
  bench.keep(async () => table.close())
  const authorization = await readAuthorization(url)
  const times: number[] = []
  const counts: number[] = []
  for (let look = 0; look < looks; look++) {
    const month = `from=${2035 + look}-03-01T00:00Z&to=${2035 + look}-04-01T00:00Z`
    const begin = performance.now()
    const answer = await fetch(`${url}/api/allocations?type=Car&limit=5000&${month}`, {
      headers: { authorization },
    })
    const found = (await answer.json()) as unknown[]
    times.push(performance.now() - begin)
    counts.push(found.length)
    if (answer.status !== 200) return notRun(JSON.stringify(found))
  }
  return { value: median(times), notes: [`${median(counts)} bookings in each`] }
}
