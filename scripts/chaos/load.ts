import type { Allocation, Span } from '../../shared/schemas/allocation.ts'
import type { AllocatedBundle } from '../../shared/schemas/allocation-bundle.ts'
import { runClients } from '../harness/clients.ts'
import type { Answer } from '../harness/request.ts'
import {
  acknowledge,
  acknowledgeRelease,
  doubt,
  nameBundle,
  nowhere,
  placeOf,
  tokenOf,
  type Booking,
  type Ledger,
} from './ledger.ts'
import { createWitness, type Witness } from './witness.ts'
import { hour_ms } from '../../shared/duration.ts'

export interface LoadOptions {
  /** Processes of one system; each request goes to any of them. */
  urls: readonly string[]
  /** Paths of the resources to book. */
  resources: readonly string[]
  ledger: Ledger
  /** How many requests are in flight at once. */
  clients: number
  /** Additional statuses allowed while something is broken. */
  tolerated?: readonly number[]
  /** Books several resources at once as well, some as holds that are confirmed. */
  hasBundles?: boolean
  /** Requires that a request without a response had no effect; otherwise that is unknown. */
  isSilenceRefusal?: boolean
}

/** A create with an Idempotency-Key, which its client may retry. */
export interface StoredResponse {
  booking: Booking
  body: Record<string, unknown>
  /** Undefined when none came. */
  firstAnswer: Allocation | undefined
}

export interface Load {
  witness: Witness
  repeatables: readonly StoredResponse[]
  /** Waits for the requests in flight. */
  stop: () => Promise<void>
}

type Client = ReturnType<typeof createClient>

/** Clients that create, read, move and release bookings without pause, and keep a ledger of it. */
export function startLoad(options: LoadOptions): Load {
  const witness = createWitness(options.tolerated)
  const repeatables: StoredResponse[] = []
  const freeSpan = createFreeSpans()
  let stopped = false

  const clients: Client[] = []
  const running = runClients(
    options.clients,
    () => !stopped,
    (at) =>
      actAtRandom((clients[at] ??= createClient({ ...options, witness, repeatables, freeSpan }))),
  )
  return {
    witness,
    repeatables,
    stop: async () => {
      stopped = true
      await running
    },
  }
}

async function actAtRandom({ mine, create, read, move, release, bundle }: Client): Promise<void> {
  if (bundle && Math.random() < bundleShare) return bundle()
  const luck = Math.random()
  const booking = luck < 0.55 ? mine.splice(Math.random() * mine.length, 1)[0] : undefined
  if (!booking) await create()
  else if (luck < 0.1) await read(booking)
  else if (luck < 0.3) await move(booking)
  else await release(booking)
}

interface ClientOptions extends LoadOptions {
  witness: Witness
  repeatables: StoredResponse[]
  freeSpan: () => Span
}

/** One client. No other touches its bookings, and it leaves those in an unknown state alone. */
function createClient(options: ClientOptions) {
  const { urls, resources, ledger, witness, repeatables, freeSpan, isSilenceRefusal } = options
  const mine: Booking[] = []
  const isUncertain = (answer: Answer | undefined) =>
    answer ? isUnclear(answer.status) : !isSilenceRefusal
  const toUrl = ({ resource, answer }: Booking) =>
    `${pick(urls)}${resource}/allocations${answer ? `/${answer.id}` : ''}`

  async function create() {
    const isRepeatable = Math.random() < repeatableShare
    const span = isRepeatable ? freeSpan() : randomSpan()
    const booking = ledger.add(Bun.randomUUIDv7(), pick(resources))
    const { token } = booking
    const body = { ...span, description: token }
    const headers = isRepeatable ? { 'idempotency-key': token } : {}
    const answer = await witness.ask('create', toUrl(booking), { body, headers })
    const created = answer?.status === 201 ? (answer.body as Allocation) : undefined
    if (isRepeatable) repeatables.push({ booking, body, firstAnswer: created })
    if (isRepeatable && answer?.status === 409) witness.report(`${token} was refused a free span`)
    if (isUncertain(answer)) doubt(booking, placeOf(span))
    if (!created) return
    if (created.description !== token || placeOf(created) !== placeOf(span)) {
      witness.report(`${token} was answered with ${JSON.stringify(created)}`)
    }
    acknowledge(booking, created)
    mine.push(booking)
  }

  async function read(booking: Booking) {
    const answer = await witness.ask('read', toUrl(booking))
    if (answer?.status === 200 && !Bun.deepEquals(answer.body, booking.answer)) {
      witness.report(`read ${JSON.stringify(answer.body)}, not ${JSON.stringify(booking.answer)}`)
    }
    mine.push(booking)
  }

  async function move(booking: Booking) {
    const span = randomSpan()
    const answer = await witness.ask('move', toUrl(booking), { body: span })
    if (answer?.status === 200) acknowledge(booking, answer.body as Allocation)
    if (isUncertain(answer)) doubt(booking, placeOf(span))
    else mine.push(booking)
  }

  async function release(booking: Booking) {
    const answer = await witness.ask('release', toUrl(booking))
    if (answer?.status === 204) acknowledgeRelease(booking)
    if (isUncertain(answer)) doubt(booking, nowhere)
  }

  const bundle = options.hasBundles ? createBundler({ ...options, isUncertain }) : undefined
  return { mine, create, read, move, release, bundle }
}

interface BundlerOptions extends ClientOptions {
  isUncertain: (answer: Answer | undefined) => boolean
}

/** Books two resources at once, half of the time as holds, and confirms those. */
function createBundler({ urls, resources, ledger, witness, isUncertain }: BundlerOptions) {
  async function confirm(booking: Booking) {
    const url = `${pick(urls)}/api/allocations/${booking.answer?.id}/confirm`
    const answer = await witness.ask('confirm', url)
    if (answer?.status === 200) acknowledge(booking, answer.body as Allocation)
    else if (isUncertain(answer)) booking.answer = undefined // held or confirmed
  }

  return async function bookBundle() {
    const first = pick(resources)
    const paths = [first, pick(resources.filter((path) => path !== first))]
    const [span, description] = [randomSpan(), nameBundle(paths.length)]
    const items = paths.map((path) => ({ resource_id: toId(path) }))
    const bookings = paths.map((path) =>
      ledger.add(tokenOf({ description, resource_id: toId(path) }), path),
    )
    const hold = Math.random() < 0.5 ? { hold_for: 'PT1H' } : {}
    const body = { items, ...span, ...hold, description }
    const answer = await witness.ask('bundle', `${pick(urls)}/api/allocations`, { body })
    if (isUncertain(answer)) for (const booking of bookings) doubt(booking, placeOf(span))
    if (answer?.status !== 201) return
    const { allocations } = answer.body as AllocatedBundle
    for (const [at, booking] of bookings.entries()) {
      const allocation = allocations[at]
      if (allocation && tokenOf(allocation) === booking.token) acknowledge(booking, allocation)
      else witness.report(`${booking.token} was answered with ${JSON.stringify(allocation)}`)
    }
    if (hold.hold_for) for (const booking of bookings) await confirm(booking)
  }
}

const bundleShare = 0.25

function toId(path: string): string {
  return path.slice(-36)
}

const repeatableShare = 0.3

const contested_ms = Date.parse('2027-01-01T00:00:00Z')
// Few enough that about half of the requests meet another booking.
const contestedHours = 150
const uncontested_ms = Date.parse('2100-01-01T00:00:00Z')

function randomSpan(): Span {
  const length = 1 + Math.floor(Math.random() * 3)
  return spanAt(contested_ms, Math.floor(Math.random() * contestedHours), length)
}

// A create that may be retried has a span of its own, so that nobody can take it in between.
function createFreeSpans(): () => Span {
  let hour = 0
  return () => spanAt(uncontested_ms, hour++, 1)
}

function spanAt(origin_ms: number, hour: number, length: number): Span {
  const toText = (hours: number) => new Date(origin_ms + hours * hour_ms).toISOString()
  return { from_datetime: toText(hour), to_datetime: toText(hour + length) }
}

// 507 means that nothing was stored, like 409; any other failure leaves that unknown.
function isUnclear(status: number): boolean {
  return status >= 500 && status !== 507
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T
}
