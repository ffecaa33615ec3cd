import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { NewWithdrawal, WithdrawalPlan } from '../../shared/schemas/withdrawal.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { changeShown } from '../bookings/bookings.ts'
import { decommission, findFree, listResources } from '../bookings/inventory.ts'
import { describeError, InputError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { changedMeanwhile, isChanged } from '../if-shown.ts'
import { readAll } from '../paging.ts'
import { day_ms } from '../../shared/duration.ts'

/** What becomes of a booking: it moves, or why it does not. */
export type Fate = 'moves' | 'begun' | 'by_rules' | 'no_place'

export interface PlannedBooking {
  booking: Allocation
  fate: Fate
  /** The name of the resource it moves to. */
  to: string | undefined
}

export interface Plan {
  body: NewWithdrawal
  /** Undefined: there are too many bookings to plan for. */
  tag: string | undefined
  /** Whether the resource is free in that time, not even blocked. */
  isFree: boolean
  bookings: PlannedBooking[]
}

const { resources } = api.inventory
const blocked = 'maintenance'
// A booking touches a time by its buffer, too, which is at most this long.
const bufferMax_ms = day_ms

const route = ({ id }: Resource) => resources({ id }).withdrawal

/**
 * Plans to move the bookings of a resource to others of its type.
 * @throws ProblemError `too_many_allocations`; `precondition_failed` if a booking went meanwhile
 */
export async function planWithdrawal(resource: Resource, body: NewWithdrawal): Promise<Plan> {
  const query = { dry_run: 'true' } as const
  const { plan, moves, stranded } = await ask(route(resource).post(body, { query }))
  const [found, peers] = await Promise.all([
    listTouched(resource, body),
    moves.length > 0 ? listResources(resource.resource_type) : [],
  ])
  const byId = new Map(found.map((one) => [one.id, one]))
  const targets = new Map(moves.map(({ allocation, to }) => [allocation, to]))
  const names = new Map(peers.map(({ id, name }) => [id, name]))
  const bookings = [...targets.keys(), ...stranded].map((id): PlannedBooking => {
    const booking = byId.get(id)
    if (!booking) throw changedMeanwhile()
    const to = targets.get(id)
    return to
      ? { booking, fate: 'moves', to: names.get(to) ?? '' }
      : { booking, fate: explain(booking), to: undefined }
  })
  const affected = bookings.filter(({ booking }) => isOfPeople(booking))
  return { body, tag: plan, isFree: bookings.length === 0, bookings: affected.toSorted(byStart) }
}

/**
 * The same for good: too many bookings are no obstacle, but all are cancelled.
 * @throws ProblemError `precondition_failed` as above
 */
export function planRetirement(resource: Resource, body: NewWithdrawal): Promise<Plan> {
  return planWithdrawal(resource, body).catch((error: unknown) => {
    if (!isTooMany(error)) throw error
    return { body, tag: undefined, isFree: false, bookings: [] }
  })
}

/** @throws ProblemError `precondition_failed` with nothing done if it is no longer that plan */
export async function carryOut(resource: Resource, { body, tag }: Plan): Promise<void> {
  const headers = { 'if-match': `"${tag}"` }
  await ask<WithdrawalPlan>(route(resource).post(body, { query: {}, headers }))
}

/**
 * Moves what the plan moves, and then cancels what is left.
 * @throws ProblemError as above
 * @throws InputError if only the first is done
 */
export async function retire(resource: Resource, plan: Plan): Promise<void> {
  if (!plan.isFree) {
    if (plan.tag === undefined) return decommission(resource, true)
    await carryOut(resource, plan)
    return decommission(resource, true).catch((error: unknown) => {
      throw new InputError(t('withdrawal.moved', { why: describeError(error) }))
    })
  }
  await decommission(resource, false).catch((error: unknown) => {
    throw isInUse(error) ? changedMeanwhile() : error
  })
}

const isInUse = (error: unknown) =>
  error instanceof ProblemError && error.code === 'resource_in_use'

// Another may be taken while it is tried.
const peersMax = 5

/** Moves a booking to another resource of the type. @returns its name @throws ProblemError */
export async function moveToPeer(
  booking: Booking,
  { id: allocation_id }: Allocation,
  { id, resource_type }: Resource,
): Promise<string> {
  const span = { from: new Date(booking.from), to: new Date(booking.to) }
  const peers = await findFree({ name: resource_type }, span, peersMax)
  for (const peer of peers.filter((one) => one.id !== id)) {
    try {
      await changeShown(booking, { swap: [{ allocation_id, resource_id: peer.id }] })
      return peer.name
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'not_all_free') throw error
    }
  }
  throw new InputError(t('withdrawal.no_peer'))
}

/** Whether the server said that nothing was done. */
export function isRefusal(error: unknown): boolean {
  if (isChanged(error)) return true
  if (!(error instanceof ProblemError) || error.code === 'unexpected_response') return false
  return error.status >= 400 && error.status < 500
}

export function isTooMany(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'too_many_allocations'
}

function listTouched(
  { id }: Resource,
  { from_datetime, to_datetime }: NewWithdrawal,
): Promise<Allocation[]> {
  const shift = (at: string, by_ms: number) => new Date(Date.parse(at) + by_ms).toISOString()
  const window = {
    from: shift(from_datetime, -bufferMax_ms),
    ...(to_datetime && { to: shift(to_datetime, bufferMax_ms) }),
  }
  return readAll((page) => resources({ id }).allocations.get({ query: { ...window, ...page } }))
}

// A slot that has begun may contain a booking that is over.
function isOfPeople({ allocation_type, to_datetime }: Allocation): boolean {
  const isOver = to_datetime !== null && Date.parse(to_datetime) <= Date.now()
  return allocation_type !== blocked && !isOver
}

function explain({ from_datetime, created_by }: Allocation): Fate {
  if (startOf(from_datetime) <= Date.now()) return 'begun'
  return created_by.startsWith('service:') ? 'by_rules' : 'no_place'
}

const startOf = (from: string | null) => (from ? Date.parse(from) : -Infinity)

function byStart(a: PlannedBooking, b: PlannedBooking): number {
  return startOf(a.booking.from_datetime) - startOf(b.booking.from_datetime)
}
