import { createCars } from '../harness/request.ts'
import { waitUntil } from '../harness/wait.ts'
import { startInventory } from './inventory.ts'
import { createLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { startPair } from './postgres-pair.ts'
import { verify } from './verify.ts'

export interface FailoverReport {
  rounds: number
  /** Acknowledged bookings, moves and releases. */
  acknowledged: number
  /** The longest time from the promotion to the first booking. */
  back_ms: number
  /** Requests refused or without a response in between. */
  refused: number
  faults: string[]
}

const clients = 12
// A monitor takes a while to be sure that a primary is gone.
const noticeAfter_ms = 2000
const goal_ms = 10_000

/** Kills a primary under load and promotes its synchronous standby, on a fresh pair each round. */
export async function runFailoverRounds(rounds: number): Promise<FailoverReport> {
  const report: FailoverReport = { rounds, acknowledged: 0, back_ms: 0, refused: 0, faults: [] }
  for (let round = 0; round < rounds; round++) await runRound(report)
  return report
}

async function runRound(report: FailoverReport): Promise<void> {
  const pair = await startPair()
  const system = await startInventory(pair.databaseUrl).catch(async (error: unknown) => {
    await pair.stop()
    throw error
  })
  try {
    const ledger = createLedger()
    const resources = await createCars(system.url, 3)
    const load = startLoad({ urls: [system.url], resources, ledger, clients, tolerated: [503] })
    const { witness } = load
    const booked = () => witness.count('create', 201)
    await waitUntil('there is load', () => booked() > 500)
    await pair.killPrimary()
    await Bun.sleep(noticeAfter_ms)
    const before = booked()
    const promoted = Date.now()
    await pair.promote()
    await waitUntil('it books', () => booked() > before)
    const back_ms = Date.now() - promoted
    await waitUntil('it goes on', () => booked() > before + 500)
    await load.stop()
    report.acknowledged += [200, 201, 204].reduce((sum, status) => sum + witness.total(status), 0)
    report.refused += witness.total(503)
    report.back_ms = Math.max(report.back_ms, back_ms)
    if (back_ms > goal_ms) report.faults.push(`${back_ms} ms from promotion to the first booking`)
    const lost = await verify(system.url, ledger, resources)
    report.faults.push(...witness.wrong, ...lost.map(({ detail }) => detail))
  } finally {
    await system.kill()
    await pair.stop()
  }
}
