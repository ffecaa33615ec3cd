import { createStock, runClients } from '../harness/clients.ts'
import { median } from '../harness/figure.ts'
import { takeTurns } from '../harness/turns.ts'
import { readUsage } from '../harness/usage.ts'

export interface Served {
  name: string
  /** The process that answers. */
  pid: number
  /** One request. @throws on an unexpected response */
  ask: () => Promise<unknown>
}

const connections = 4
// The JIT is at work for as long as this.
const practice = 20_000
const rounds = 9
const perRound = 1500

export interface Costs {
  /** Processor time of one request of each, the median in µs, of all threads. */
  costs_us: number[]
  notes: string[]
}

/** What answers cost: unlike how long they take, whoever else is busy on this machine. */
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

/** An answer as it is: pressing it is another figure. @throws unless it is one of 200 */
export async function readPlain(url: string, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(url, { headers: { ...headers, 'accept-encoding': 'identity' } })
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}`)
}
