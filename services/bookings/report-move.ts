import { conflict, isRefusal, type ProblemError } from '../../shared/problem.ts'
import { toFence } from './fence.ts'
import type { Reservations } from './reservations.ts'
import type { Moving, Stored } from './settle.ts'
import type { BookingRow, ItemRow } from './tables.ts'

/** Until when its allocations are held: where it was, for both places, where it is then. */
interface Holds {
  before: number
  meanwhile: number
  /** Undefined: for good. */
  after: number | undefined
}

/** Reports to inventory where bookings go, and to whom: all of them, or none. Idempotent. */
export function createReportMove({ assign, keep, move }: Reservations) {
  /** @returns the refusal, if all stay as they were; undefined if inventory has changed them */
  return async function reportMove(all: Stored[]): Promise<ProblemError | undefined> {
    const [first] = all
    if (!first) return undefined
    const { changed_by: by, version } = first.row
    const fence = toFence(version, 'then')
    // Days of a series stay on their resources, and a long one has to fit into one request.
    const isLong = all.length > 1
    const moves = inOrder(all).map((to) => (isLong ? { ...to, resource_id: undefined } : to))
    try {
      if (!(await hold(all, 'meanwhile'))) throw lost()
      if (moves.length > 0 && !(await move(moves, by, fence))) throw lost()
    } catch (error) {
      if (!isRefusal(error)) throw error
      // Another request finished it and moved it again: that move decides how long it is held.
      if (error.code !== 'reservation_superseded') await hold(all, 'before')
      return error
    }
    const { booked_for } = readMoving(first.row)
    const ids = all.flatMap((one) => targetOf(one).map((item) => item.allocation_id))
    if (booked_for !== undefined) await assign(ids, { booked_for, by, fence })
    await hold(all, 'after')
    return undefined
  }

  /** @returns false if one is gone */
  async function hold(all: Stored[], when: keyof Holds): Promise<boolean> {
    const [first] = all
    if (!first) return true
    const { changed_by: by, version } = first.row
    const fence = toFence(version, when === 'meanwhile' ? when : 'then')
    const held = all.flatMap((one) => {
      const holds = toHolds(one)
      return holds ? listMoves(one).map((item) => ({ ...item, until: holds[when] })) : []
    })
    const kept = await Promise.all(
      [...Map.groupBy(held, ({ until }) => until)].map(([until, same]) => {
        const ids = same.map(({ allocation_id }) => allocation_id)
        return keep(ids, { until, by, fence })
      }),
    )
    return !kept.includes(false)
  }
}

export type ReportMove = ReturnType<typeof createReportMove>

export function readMoving({ moving }: BookingRow): Moving {
  return moving === null ? {} : (JSON.parse(moving) as Moving)
}

/** A booking given to another; if its person made it, they keep no say in it. */
export function toGiven(
  { booked_for, created_by }: Pick<BookingRow, 'booked_for' | 'created_by'>,
  to: string,
): Pick<Moving, 'booked_for' | 'created_by'> {
  if (booked_for === to) return {}
  return { booked_for: to, ...(created_by === booked_for && { created_by: to }) }
}

/** Whether inventory has it. */
export const isThere = ({ lost }: ItemRow) => lost === null

/** Its new places, or its own if it stays. */
export function targetOf({ items }: Stored): ItemRow[] {
  const next = items.filter(({ is_next }) => is_next === 1)
  return next.length > 0 ? next : items
}

function listMoves({ items }: Stored): ItemRow[] {
  return items.filter((item) => item.is_next === 1 && isThere(item))
}

/** Undefined if it is confirmed, or stays. */
function toHolds(one: Stored): Holds | undefined {
  const { state, decide_by, check_in_by } = one.row
  const [first] = listMoves(one)
  const isRequested = state === 'requested' && decide_by !== null
  const before = isRequested ? decide_by : check_in_by
  if (!first || before === null) return undefined
  const after = isRequested ? (readMoving(one.row).decide_by ?? before) : first.check_in_by
  return { before, meanwhile: Math.max(before, after ?? 0), after: after ?? undefined }
}

/** Moves so that each goes to a place that is already left. */
function inOrder(all: Stored[]): ItemRow[] {
  const rest = all
    .flatMap((one) =>
      listMoves(one).map((to) => {
        const isFrom = (it: ItemRow) => it.is_next === 0 && it.position === to.position
        return { to, from: one.items.find(isFrom) }
      }),
    )
    .toSorted((a, b) => a.to.from_datetime - b.to.from_datetime)
  const ordered: ItemRow[] = []
  while (rest.length > 0) {
    const free = rest.findIndex(({ to }) =>
      rest.every(
        ({ from }) => !from || from.allocation_id === to.allocation_id || isApart(to, from),
      ),
    )
    // Moves in a cycle have to be tried as they are.
    const [next] = rest.splice(Math.max(free, 0), 1)
    if (next) ordered.push(next.to)
  }
  return ordered
}

function isApart(a: ItemRow, b: ItemRow): boolean {
  return (
    a.resource_id !== b.resource_id ||
    a.to_datetime <= b.from_datetime ||
    b.to_datetime <= a.from_datetime
  )
}

function lost() {
  return conflict('booking_lost', 'Inventory no longer has this booking. Cancel it.')
}
