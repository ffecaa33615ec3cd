import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { WaitlistEntry } from '../../shared/schemas/waitlist.ts'
import { runClients } from '../harness/clients.ts'
import { createCars, expectBody, readAllocations, readAudit, send } from '../harness/request.ts'
import { startInventory } from './inventory.ts'
import { hour_ms } from '../../shared/duration.ts'

export interface WaiterReport {
  rounds: number
  /** Acknowledged entries, and how many of those were served by the end. */
  joined: number
  served: number
  faults: string[]
}

interface WaiterOptions {
  /** An empty database. */
  databaseUrl: string
  rounds: number
}

const clients = 16
const carsPerRound = 2
const hoursPerCar = 6
// The kill comes at a random moment up to this, once that many wait.
const joinedMin = 3
const lifeMax_ms = 400
// Upkeep runs every second.
const patience_ms = 20_000
const start = Date.parse('2033-01-01T00:00:00Z')

/**
 * Books, releases and joins the waiting list continuously, kills the inventory with SIGKILL, and
 * restarts it: nothing may then be free that somebody waits for. Repeatedly.
 */
export async function runWaiterRounds({ databaseUrl, rounds }: WaiterOptions) {
  const report: WaiterReport = { rounds: 0, joined: 0, served: 0, faults: [] }
  let system = await startInventory(databaseUrl)

  async function runRound() {
    const { url } = system
    const cars = await createCars(url, carsPerRound)
    const entries: string[] = []
    let isOver = false
    const running = runClients(
      clients,
      () => !isOver,
      async () => {
        const id = await act(url, cars)
        if (id) entries.push(id)
      },
    )
    await waitUntil(() => entries.length >= joinedMin)
    await Bun.sleep(Math.random() * lifeMax_ms)
    await system.kill()
    isOver = true
    await running
    system = await startInventory(databaseUrl)
    report.rounds++
    report.joined += entries.length
    report.faults.push(...(await verify(system.url, cars, entries)))
    for (const id of entries) await leave(system.url, id)
  }

  async function verify(url: string, cars: string[], ids: string[]): Promise<string[]> {
    const deadline = Date.now() + patience_ms
    for (;;) {
      const entries = await Promise.all(ids.map((id) => readEntry(url, id)))
      const rows = (await Promise.all(cars.map((car) => readAllocations(url, car)))).flat()
      const faults = entries.flatMap((entry) => findFault(entry, rows))
      const { overlaps, waiters_passed_over } = await readAudit(url)
      if (overlaps + waiters_passed_over > 0) {
        faults.push(`${overlaps} overlaps, ${waiters_passed_over} passed over`)
      }
      if (faults.length > 0 && Date.now() < deadline) {
        await Bun.sleep(500)
        continue
      }
      report.served += entries.filter(({ status }) => status === 'served').length
      return faults
    }
  }

  try {
    while (report.rounds < rounds) await runRound()
  } finally {
    await system.stop()
  }
  return report
}

async function waitUntil(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + patience_ms; !isSo() && Date.now() < end;) await Bun.sleep(10)
}

/** @returns the id of its new entry, if any */
async function act(url: string, cars: string[]): Promise<string | undefined> {
  const car = cars[Math.floor(Math.random() * cars.length)] ?? ''
  const from = start + Math.floor(Math.random() * hoursPerCar) * hour_ms
  const toText = (time: number) => new Date(time).toISOString()
  const span = { from_datetime: toText(from), to_datetime: toText(from + hour_ms) }
  const luck = Math.random()
  if (luck < 0.3) {
    const list = await send('GET', `${url}${car}/allocations?limit=5`)
    const [first] = list?.status === 200 ? (list.body as Allocation[]) : []
    if (first) await send('DELETE', `${url}${car}/allocations/${first.id}`)
    return undefined
  }
  if (luck < 0.7) {
    await send('POST', `${url}${car}/allocations`, { body: span })
    return undefined
  }
  const body = { resource_id: car.slice(-36), ...span }
  const answer = await send('POST', `${url}/api/waitlist`, { body })
  return answer?.status === 201 ? (answer.body as WaitlistEntry).id : undefined
}

function readEntry(url: string, id: string): Promise<WaitlistEntry> {
  return expectBody<WaitlistEntry>('GET', `${url}/api/waitlist/${id}`)
}

// A waiting entry whose time is free, by the current bookings.
function findFault({ id, status, resource_id, ...entry }: WaitlistEntry, rows: Allocation[]) {
  if (status !== 'waiting') return []
  const inTheWay = rows.some(
    (row) =>
      row.resource_id === resource_id &&
      (row.from_datetime ?? '') < entry.latest &&
      (row.to_datetime ?? '') > entry.earliest,
  )
  return inTheWay ? [] : [`${id} waits for ${entry.earliest} of ${resource_id}, which is free`]
}

// At most fifty per user, and all are the administrator's here.
async function leave(url: string, id: string): Promise<void> {
  await send('DELETE', `${url}/api/waitlist/${id}`)
}
