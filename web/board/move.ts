import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { isOfBooking } from '../bookings/bar.ts'
import { changeShown } from '../bookings/bookings.ts'
import { moveAcross } from '../bookings/change.ts'
import { explainConflict, toConflict, type Conflict } from '../bookings/conflict.ts'
import * as inventory from '../bookings/inventory.ts'
import { t } from '../i18n.ts'
import { notify, notifyError } from '../ui/toast.tsx'
import { requireShown } from './booking-of.ts'

export interface Move {
  allocation: Allocation
  /** The current and the new place, which may be the same. */
  from: Resource
  to: Resource
  span: inventory.TimeSpan
}

export type Misfit = Move & { conflict: Conflict }

/**
 * Moves, resizes, or swaps the resource, if it is still as shown.
 * @returns undefined if it succeeded, or failed with a message; otherwise why it does not fit
 */
export async function moveShown(move: Move): Promise<Misfit | undefined> {
  const { allocation, from, to, span } = move
  try {
    const moved = await put(move)
    const back = { allocation: moved, from: to, to: from, span: spanOf(allocation) }
    const undo = async () => {
      const misfit = await moveShown(back)
      if (misfit) notifyError(misfit.conflict.text())
    }
    notify(t('booking.moved'), { label: t('action.undo'), run: () => void undo() })
    return undefined
  } catch (error) {
    const conflict = toConflict(error) ?? (await explainConflict(error, to, span))
    if (conflict) return { ...move, conflict }
    notifyError(error)
    return undefined
  }
}

/** @returns its current state */
async function put(move: Move): Promise<Allocation> {
  const { allocation, from, to, span } = move
  if (isOfBooking(allocation)) return putBooking(move)
  const body = { from_datetime: span.from.toISOString(), to_datetime: span.to.toISOString() }
  return from.id === to.id ? inventory.change(allocation, body) : moveAcross(allocation, to, body)
}

// By its rules, with all of its items.
async function putBooking({ allocation, from, to, span }: Move): Promise<Allocation> {
  const booking = await requireShown(allocation)
  const swap = [{ allocation_id: allocation.id, resource_id: to.id }]
  const bounds = { from: span.from.toISOString(), to: span.to.toISOString() }
  const moved = await changeShown(booking, {
    // Only the end of a checked-out booking may change, so only that is sent.
    ...(bounds.from !== booking.from && { from: bounds.from }),
    ...(bounds.to !== booking.to && { to: bounds.to }),
    ...(from.id !== to.id && { swap }),
  })
  const item = moved.items.find(({ resource_id }) => resource_id === to.id) ?? moved.items[0]
  return {
    ...allocation,
    id: item?.allocation_id ?? allocation.id,
    resource_id: to.id,
    from_datetime: moved.from,
    to_datetime: moved.to,
  }
}

function spanOf({ from_datetime, to_datetime }: Allocation): inventory.TimeSpan {
  return { from: new Date(from_datetime ?? 0), to: new Date(to_datetime ?? 0) }
}
