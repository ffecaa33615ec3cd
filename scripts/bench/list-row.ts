import { readAuthorization } from '../harness/administrator.ts'
import { expectBody } from '../harness/request.ts'
import { withBench, type Bench } from './bench.ts'
import { makeCars } from './cars.ts'
import { measureProcessor, readPlain } from './processor.ts'
import type { Measurement, Row } from './row.ts'

/** The cost of a small read. */
export const listRow: Row = {
  name: 'list',
  what: 'processor time of a list of 50 cars, beside that of bare Elysia with the same bytes',
  goal: { bound: 'at most', value: 150, unit: ' µs' },
  measure: () => withBench(readLists),
}

async function readLists(bench: Bench): Promise<Measurement> {
  const { url, pids } = await bench.start(['users', 'inventory'])
  await makeCars(url, 60)
  const bare = await bench.startScript('echo')
  const list = await expectBody<unknown>('GET', `${url}/api/cars`)
  const headers = { 'content-type': 'application/json' }
  await fetch(`${bare.url}/list`, { method: 'PUT', headers, body: JSON.stringify(list) })
  const authorization = await readAuthorization(url)
  const [pid = 0] = pids
  const { costs_us, notes } = await measureProcessor([
    { name: 'Campus', pid, ask: () => readPlain(`${url}/api/cars`, { authorization }) },
    { name: 'bare Elysia', pid: bare.pid, ask: () => readPlain(`${bare.url}/list`) },
  ])
  return { value: costs_us[0], notes }
}
