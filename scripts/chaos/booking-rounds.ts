import type { Booking, BookingAudit } from '../../shared/schemas/booking.ts'
import type { BookingSeries } from '../../shared/schemas/booking-series.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { productionEnvironment, readAuthorization } from '../harness/administrator.ts'
import { runClients } from '../harness/clients.ts'
import { createCars } from '../harness/request.ts'
import { freePorts, startSystem, type System } from '../harness/run-system.ts'
import { startInventory } from './inventory.ts'
import { startKillingWay } from './killing-way.ts'
import { hour_ms } from '../../shared/duration.ts'

export interface BookingReport {
  rounds: number
  /** Acknowledged, counting each day of a series. */
  booked: number
  /** Acknowledged, and complete at the end. */
  series: number
  moved: number
  cancelled: number
  /** Kills, by the step they came before or after. */
  kills: Record<string, number>
  /** Creates without a response, retried with their key. */
  repeated: number
  audit: BookingAudit
  faults: string[]
}

interface BookingRoundsOptions {
  /** An empty database. */
  databaseUrl: string
  rounds: number
}

interface Create {
  path: '' | '/series'
  key: string
  body: object
}

const clients = 6
const carsPerRound = 4
const days = 3
const lifeMax_ms = 400
const steps = ['', '/keep', '/move', '/release', '/known'].flatMap((step) =>
  (['before', 'after'] as const).map((when) => ({ step, when })),
)
// Interrupted changes are completed every 5 s, a hundred at a time; many kills leave hundreds.
const settled_ms = 30_000
const start = Date.parse('2033-01-01T00:00:00Z')

/**
 * Books, also series, moves and cancels continuously, and kills bookings with SIGKILL at each step
 * of its protocol in turn: before inventory gets a request, or after it has processed it. Restarts
 * it, retries requests without a response, and audits both services at the end.
 */
export async function runBookingRounds(options: BookingRoundsOptions): Promise<BookingReport> {
  const { databaseUrl, rounds } = options
  const counts = { rounds: 0, booked: 0, series: 0, moved: 0, cancelled: 0, repeated: 0 }
  const none = { bookings: 0, unbacked: 0, orphaned: 0, rule_broken: 0, over_quota: 0 }
  const report: BookingReport = { ...counts, kills: {}, audit: none, faults: [] }
  const inventory = await startInventory(databaseUrl)
  const way = startKillingWay(inventory.url)
  const [PORT = ''] = freePorts(1)
  const environment = {
    ...productionEnvironment,
    DATABASE_URL: databaseUrl,
    USERS_URL: inventory.url,
    INVENTORY_URL: way.url,
    PORT,
  }
  const startBookings = () => startSystem({ parts: ['bookings'], environment })
  let bookings: System = await startBookings()

  const acknowledged: string[] = []

  async function ask<T = Booking>(request: string, body: object, key?: string) {
    const [method = '', path = ''] = request.split(' ')
    const headers = {
      authorization: await readAuthorization(inventory.url),
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
    }
    const init = { method, headers, ...(method !== 'GET' && { body: JSON.stringify(body) }) }
    const answer = await fetch(`${bookings.url}/api/bookings${path}`, init).catch(() => undefined)
    const value = await answer?.json().catch(() => undefined)
    return value === undefined ? undefined : { status: answer?.status ?? 0, value: value as T }
  }

  async function create<T extends object>(one: Create, unanswered: Create[]) {
    const made = await ask<T>(`POST ${one.path}`, one.body, one.key)
    if (!made || made.status >= 500) unanswered.push(one)
    if (made?.status === 201) report.booked += 'occurrences' in made.value ? days : 1
    return made
  }

  async function act(cars: string[], unanswered: Create[]): Promise<void> {
    const wanted = {
      path: '',
      key: crypto.randomUUID(),
      body: toBooking(cars, report.booked),
    } as const
    if (Math.random() < 0.25) return actSeries(wanted, unanswered)
    const made = await create<Booking>(wanted, unanswered)
    if (made?.status !== 201) return
    const { id, to } = made.value
    const later = new Date(Date.parse(to) + hour_ms / 4).toISOString()
    const moved = await ask(`PATCH /${id}`, { to: later })
    if (moved?.status === 200) report.moved++
    if (Math.random() < 0.5) return
    const cancelled = await ask(`POST /${id}/cancel`, { reason: 'Not needed' })
    if (cancelled?.status === 200) report.cancelled++
  }

  async function actSeries(wanted: Create, unanswered: Create[]): Promise<void> {
    const rule = { rule: `FREQ=DAILY;COUNT=${days}`, time_zone: 'Europe/Berlin' }
    const body = { ...wanted.body, ...rule }
    const made = await create<BookingSeries>({ ...wanted, path: '/series', body }, unanswered)
    if (made?.status !== 201) return
    const { id, occurrences } = made.value
    acknowledged.push(id)
    if (Math.random() < 0.5) return
    const date = occurrences[1]?.date
    const following = { scope: 'following', date, reason: 'Not needed' }
    const cancelled = await ask(`POST /series/${id}/cancel`, following)
    if (cancelled?.status === 200) report.cancelled += days - 1
  }

  async function repeat(unanswered: Create[]): Promise<void> {
    for (const one of unanswered) {
      const again = await create<Booking | BookingSeries>(one, [])
      report.repeated++
      if (again?.status === 201 && one.path) acknowledged.push(again.value.id)
      if (again?.status === 201 || again?.status === 409) continue
      report.faults.push(`a repeated booking was answered ${again?.status}`)
    }
  }

  async function countWhole(): Promise<void> {
    for (const id of acknowledged) {
      const found = await ask<BookingSeries>(`GET /series/${id}`, {})
      const booked = found?.value.occurrences.filter(({ booking_id }) => booking_id !== null)
      if (booked?.length === days) report.series++
      else report.faults.push(`a series has ${booked?.length} of its days`)
    }
  }

  async function runRound(): Promise<void> {
    const cars = (await createCars(inventory.url, carsPerRound)).map(toId)
    const at = steps[report.rounds % steps.length] ?? { step: '', when: 'before' as const }
    const unanswered: Create[] = []
    let isOver = false
    const kill = () => {
      isOver = true
      return bookings.kill()
    }
    const running = runClients(
      clients,
      () => !isOver,
      () => act(cars, unanswered),
    )
    // By then some have been moved and cancelled.
    await Bun.sleep(Math.random() * lifeMax_ms)
    await way.killAt({ ...at, kill })
    await running
    const name = `${at.when} ${at.step || '/hold'}`
    report.kills[name] = (report.kills[name] ?? 0) + 1
    bookings = await startBookings()
    await repeat(unanswered)
    report.rounds++
  }

  /** @returns the audit once it is clean, or has not improved for long */
  async function waitUntilSettled(): Promise<BookingAudit> {
    let [least, deadline] = [Infinity, Date.now() + settled_ms]
    for (;;) {
      await Bun.sleep(500)
      const audit = (await ask('GET /audit', {}))?.value as unknown as BookingAudit
      const left = audit.unbacked + audit.orphaned
      if (left < least) [least, deadline] = [left, Date.now() + settled_ms]
      if (isClean(audit) || Date.now() > deadline) return audit
    }
  }

  try {
    while (report.rounds < rounds) await runRound()
    await makeOld(databaseUrl)
    report.audit = await waitUntilSettled()
    await countWhole()
  } finally {
    await bookings.stop()
    await way.stop()
    await inventory.stop()
  }
  if (!isClean(report.audit)) report.faults.push(`the audit says ${JSON.stringify(report.audit)}`)
  return report
}

// Older than the minute in which somebody might still record it.
async function makeOld(databaseUrl: string): Promise<void> {
  const url = databaseUrl.replaceAll('{service}', 'inventory')
  const hour = url.startsWith('sqlite:') ? hour_ms : "interval '1 hour'"
  await changeByHand(url, `UPDATE allocations SET created = created - ${hour}`)
}

function isClean({ unbacked, orphaned, rule_broken, over_quota }: BookingAudit): boolean {
  return [unbacked, orphaned, rule_broken, over_quota].every((count) => count === 0)
}

// Often the same hour of the same car, so that some lose.
function toBooking(cars: string[], turn: number): object {
  const from = start + ((turn % 400) + Math.floor(Math.random() * 8)) * hour_ms
  const resource_id = cars[Math.floor(Math.random() * cars.length)]
  const span = {
    from: new Date(from).toISOString(),
    to: new Date(from + hour_ms / 2).toISOString(),
  }
  return { items: [{ resource_id }], title: 'A campaign', ...span }
}

function toId(path: string): string {
  return path.split('/').at(-1) ?? ''
}
