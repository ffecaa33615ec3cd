import { readAuthorization, signUp } from '../harness/administrator.ts'
import { isBefore, runClients } from '../harness/clients.ts'
import { median } from '../harness/figure.ts'
import { makeCars } from './cars.ts'
import { fillTable } from './filled-table.ts'
import type { Measurement, Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

/** The effect on others of a member who sends only the most expensive requests. */
export const scanRow: Row = {
  name: 'scans',
  what: "others' p50 beside a member's worst requests on four connections, against without",
  goal: { bound: 'at most', value: 2, unit: '×' },
  measure: () => withBench(besideWorst),
}

const rows = 1_000_000
// More bookings each than one response may return.
const cars = 100
const connections = 4
const rounds = 5
const round_ms = 2000
// A user who clicks, not a load.
const pause_ms = 20

async function besideWorst(bench: Bench): Promise<Measurement> {
  const file = `${bench.folder}/scans.sqlite`
  const { url } = await bench.start([], {
    INVENTORY_DATABASE_URL: `sqlite:${file}`,
    USER_LIMIT_PER_MINUTE: '6000', // the default
  })
  const [path = ''] = await makeCars(url, cars)
  const table = fillTable(file, rows)
  bench.keep(async () => table.close())
  const car = path.replace('/allocations', '')
  const century = 'from=2030-01-01T00:00:00Z&to=2130-01-01T00:00:00Z'
  const month = 'from=2031-01-01T00:00:00Z&to=2031-01-16T00:00:00Z'
  const worst = [
    `${car}/availability`,
    `${car}/availability?${month}`,
    `/api/cars/availability?${century}`,
    `${path}?limit=200`,
    '/api/allocations/audit',
  ]
  const member = await signUp(url, 'scanner')
  const others = await readAuthorization(url)
  const notes: string[] = []
  const ratios: number[] = []
  for (const each of worst) {
    const [alone, beside]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      alone.push(await readUntil(url + car, others, Date.now() + round_ms))
      const until = Date.now() + round_ms
      const load = runClients(connections, isBefore(until), () => read(url + each, member))
      beside.push(await readUntil(url + car, others, until))
      await load
    }
    const [a, b] = [median(alone), median(beside)]
    ratios.push(b / a)
    notes.push(`${each.replace(/[0-9a-f-]{36}/, '{id}')}: ${a.toFixed(2)} → ${b.toFixed(2)} ms`)
  }
  return { value: Math.max(...ratios), notes }
}

/** @returns the p50 of a small read, in milliseconds */
async function readUntil(url: string, authorization: string, until: number): Promise<number> {
  const times: number[] = []
  while (Date.now() < until) {
    const begin = performance.now()
    await read(url, authorization)
    times.push(performance.now() - begin)
    await Bun.sleep(pause_ms)
  }
  return median(times)
}

async function read(url: string, authorization: string): Promise<string> {
  return (await fetch(url, { headers: { authorization } })).text()
}
