import { readAuthorization } from '../harness/administrator.ts'
import { createStock, runClients } from '../harness/clients.ts'
import { median } from '../harness/figure.ts'
import { expectBody } from '../harness/request.ts'
import { takeTurns } from '../harness/turns.ts'
import { readUsage } from '../harness/usage.ts'
import { withBench, type Bench } from './bench.ts'
import { makeCars } from './cars.ts'
import type { Measurement, Row } from './row.ts'

/** What a small read costs: not its time, as that is the machine's. */
export const listRow: Row = {
  name: 'list',
  what: 'processor time of a list of 50 cars, beside that of bare Elysia with the same bytes',
  goal: { bound: 'at most', value: 150, unit: ' µs' },
  measure: () => withBench(readLists),
}

const json = { 'content-type': 'application/json' }
const connections = 4
const practice = 20_000
const rounds = 9
const perRound = 1500

interface Contestant {
  url: string
  pid: number
  headers: Record<string, string>
}

async function readLists(bench: Bench): Promise<Measurement> {
  const { url, pids } = await bench.start(['users', 'inventory'])
  await makeCars(url, 60)
  const bare = await bench.startScript('echo')
  const list = await expectBody<unknown>('GET', `${url}/api/cars`)
  await fetch(`${bare.url}/list`, { method: 'PUT', headers: json, body: JSON.stringify(list) })
  // Between services and to many clients nothing is compressed; that would be another figure.
  const headers = { 'accept-encoding': 'identity' }
  const authorization = await readAuthorization(url)
  const contestants: Contestant[] = [
    { url: `${url}/api/cars`, pid: pids[0] ?? 0, headers: { ...headers, authorization } },
    { url: `${bare.url}/list`, pid: bare.pid, headers },
  ]
  await takeTurns(contestants, 1, (contestant) => costOf(contestant, practice))
  const costs = await takeTurns(contestants, rounds, (contestant) => costOf(contestant, perRound))
  const [ours = NaN, theirs = NaN] = costs.map(median)
  return { value: ours, notes: [`bare Elysia ${theirs.toFixed(0)} µs`] }
}

/** Of one request, in µs of all threads of the process. */
async function costOf({ url, pid, headers }: Contestant, requests: number): Promise<number> {
  const before = readUsage(pid).cpu_ms
  await runClients(connections, createStock(requests), async () => {
    const answer = await fetch(url, { headers })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`A list was answered ${answer.status}`)
  })
  return ((readUsage(pid).cpu_ms - before) * 1000) / requests
}
