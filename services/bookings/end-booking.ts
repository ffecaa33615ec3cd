import { gt } from 'drizzle-orm'
import type { Caller } from '../../shared/access.ts'
import { forbidden } from '../../shared/access.ts'
import type { Versioned } from '../../shared/answer.ts'
import type { Context } from '../../shared/context.ts'
import { conflict, type ProblemError } from '../../shared/problem.ts'
import type { Booking, BookingCancellation, BookingDecision } from '../../shared/schemas/booking.ts'
import { retryOnConflict } from '../../shared/retry-on-conflict.ts'
import { requireMatch, type Change } from '../../shared/version.ts'
import { toVersioned, type Find } from './find-bookings.ts'
import type { Rulebook } from './rulebook.ts'
import type { BookingRow, BookingsTables } from './tables.ts'
import { requireNotOver, requireOpen, type Transition } from './transition.ts'

interface Dependencies {
  find: Find
  rulebook: Rulebook
  transition: Transition
}

/** Decides requests and cancels bookings. The commit accepts only one of two decisions. */
export function createEnd(
  { store, clock }: Context,
  { bookings }: BookingsTables,
  { find, rulebook, transition }: Dependencies,
) {
  /** @throws 409 `already_decided`, or `request_expired` if its time just ran out */
  async function approve(id: string, given: Change<unknown>): Promise<Versioned<Booking>> {
    const approved = await decide(id, given, { state: 'confirmed', reason: null })
    if (approved.value.state === 'confirmed') return approved
    throw expired()
  }

  async function reject(
    id: string,
    { body, ...given }: Change<BookingDecision>,
  ): Promise<Versioned<Booking>> {
    return decide(id, { body, ...given }, { state: 'rejected', reason: body.reason })
  }

  async function decide(
    id: string,
    { caller, ifMatch }: Change<unknown>,
    end: Pick<BookingRow, 'state' | 'reason'>,
  ): Promise<Versioned<Booking>> {
    return retryOnConflict(async () => {
      const before = await find.find(id, caller)
      await requireMayDecide(before, caller)
      requireMatch(before.row.version, ifMatch)
      if (before.row.state === 'expired') throw expired()
      if (before.row.state !== 'requested') throw decided(before.row)
      const { from_datetime: from, to_datetime: to } = before.row
      const check_in_by =
        end.state === 'confirmed' ? await rulebook.findCheckIn(before.items, { from, to }) : null
      const values = { ...end, check_in_by, decided_by: caller.id, unsettled: clock() }
      const only = gt(bookings.decide_by, store.columns.now)
      if (!(await transition.write(before.row, { values, caller, only }))) return undefined
      return transition.settle(id, caller)
    })
  }

  async function requireMayDecide(
    { items }: Awaited<ReturnType<Find['find']>>,
    caller: Caller,
  ): Promise<void> {
    if (await rulebook.mayManage(caller, items)) return
    throw forbidden('Only a manager of the resources may decide.')
  }

  /** Cancels it and releases its time. Idempotent. */
  async function cancel(
    id: string,
    { body, caller, ifMatch }: Change<BookingCancellation | null>,
  ): Promise<Versioned<Booking>> {
    return retryOnConflict(async () => {
      const before = await find.find(id, caller)
      const { row, items } = before
      requireMatch(row.version, ifMatch)
      if (row.state === 'cancelled') return toVersioned(before)
      requireOpen(row)
      requireNotOver(row, clock())
      const isManager = await rulebook.mayManage(caller, items)
      if (!isManager && row.state === 'confirmed') {
        await rulebook.requireMayCancel(items, { from: row.from_datetime, to: row.to_datetime })
      }
      const end = { state: 'cancelled', decided_by: caller.id, reason: body?.reason ?? null }
      const values = { ...end, unsettled: clock() }
      if (!(await transition.write(row, { values, caller }))) return undefined
      return transition.settle(id, caller)
    })
  }

  return { approve, reject, cancel }
}

function decided({ state }: BookingRow): ProblemError {
  return conflict('already_decided', `It is already ${state}.`)
}

function expired(): ProblemError {
  return conflict('request_expired', 'Nobody decided in time: the request has expired.')
}
