import { createStock, runClients } from '../harness/clients.ts'
import { median } from '../harness/figure.ts'
import { takeTurns } from '../harness/turns.ts'
import { readUsage } from '../harness/usage.ts'

export interface Served {
  name: string
  /** The serving process. */
  pid: number
  /** One request. @throws on an unexpected response */
  ask: () => Promise<unknown>
}

const connections = 4
// Until the JIT has finished.
const practice = 20_000
const rounds = 9
const perRound = 1500

export interface Costs {
  /** Processor time of one request of each, the median in µs, over all threads. */
  costs_us: number[]
  notes: string[]
}

/** Measures processor time per request, which unlike latency does not depend on other load. */
export async function measureProcessor(served: readonly Served[]): Promise<Costs> {
  await takeTurns(served, 1, (one) => costOf(one, practice))
  const costs = await takeTurns(served, rounds, (one) => costOf(one, perRound))
  const costs_us = costs.map(median)
  const notes = served.map(({ name }, at) => `${name} ${costs_us[at]?.toFixed(0)} µs`)
  return { costs_us, notes }
}

async function costOf({ pid, ask }: Served, requests: number): Promise<number> {
  const before = readUsage(pid).cpu_ms
  await runClients(connections, createStock(requests), ask)
  return ((readUsage(pid).cpu_ms - before) * 1000) / requests
}

/** An uncompressed response, as compression is measured separately. @throws unless it is 200 */
export async function readPlain(url: string, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(url, { headers: { ...headers, 'accept-encoding': 'identity' } })
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}`)
}
