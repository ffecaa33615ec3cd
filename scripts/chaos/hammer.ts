import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { WaitlistEntry } from '../../shared/schemas/waitlist.ts'
import { runClients } from '../harness/clients.ts'
import { createCars, expectBody, readAudit, send } from '../harness/request.ts'
import { startInventory } from './inventory.ts'

export interface HammerReport {
  /** How often the time was released, and requested by others in the meantime. */
  cancels: number
  refused: number
  faults: string[]
}

interface HammerOptions {
  /** An empty database. */
  databaseUrl: string
  cancels: number
  /** Called after each. */
  onCancel: (report: HammerReport) => void
}

const callers = 100
// Served before the others, who come later.
const waitingAtOnce = 3
const span = { from_datetime: '2034-01-01T09:00:00Z', to_datetime: '2034-01-01T10:00:00Z' }

/**
 * Many clients request one hour continuously while it is released again and again: the head of the
 * waiting list gets it each time.
 */
export async function runHammer(options: HammerOptions): Promise<HammerReport> {
  const { databaseUrl, cancels, onCancel } = options
  const report: HammerReport = { cancels: 0, refused: 0, faults: [] }
  const system = await startInventory(databaseUrl)
  const { url } = system
  const [car = ''] = await createCars(url, 1)
  const path = `${url}${car}/allocations`
  let current = (await expectBody<Allocation>('POST', path, { body: span })).id
  const queue: string[] = []

  async function join(): Promise<void> {
    const body = { resource_id: car.slice(-36), ...span }
    queue.push((await expectBody<WaitlistEntry>('POST', `${url}/api/waitlist`, { body })).id)
  }

  async function cancel(): Promise<void> {
    while (queue.length < waitingAtOnce) await join()
    const released = await send('DELETE', `${path}/${current}`)
    const [first = ''] = queue.splice(0, 1)
    const { status } = await expectBody<WaitlistEntry>('GET', `${url}/api/waitlist/${first}`)
    report.cancels++
    if (released?.status === 204 && status === 'served') current = first
    else report.faults.push(`cancel ${report.cancels}: ${released?.status}, the head is ${status}`)
    onCancel(report)
  }

  async function hammer(): Promise<void> {
    const answer = await send('POST', path, { body: span })
    if (answer?.status === 409) report.refused++
    else report.faults.push(`a caller got ${answer?.status}: ${JSON.stringify(answer?.body)}`)
  }

  try {
    const goesOn = () => report.cancels < cancels && report.faults.length === 0
    const hammering = runClients(callers, goesOn, hammer)
    while (goesOn()) await cancel()
    await hammering
    const { overlaps, waiters_passed_over } = await readAudit(url)
    if (overlaps + waiters_passed_over > 0) {
      report.faults.push(`${overlaps} overlaps, ${waiters_passed_over} passed over`)
    }
  } finally {
    await system.stop()
  }
  return report
}
