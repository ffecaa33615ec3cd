import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { notify, notifyError } from '../ui/toast.tsx'
import { findBookingId, isOfBooking } from './bar.ts'
import { changeBooking } from './bookings.ts'
import { explainConflict, toConflict } from './conflict.ts'
import * as inventory from './inventory.ts'
import { toNewAllocation } from './span.ts'

interface Move {
  allocation: Allocation
  /** Where it stands, and where it goes: the same, or another of its kind. */
  from: Resource
  to: Resource
  span: inventory.Window
}

/** @returns whether it was won; what was said otherwise names who is in the way */
export async function move({ allocation, from, to, span }: Move): Promise<boolean> {
  try {
    const moved = await put({ allocation, from, to, span })
    const back = { allocation: moved, from: to, to: from, span: spanOf(allocation) }
    notify(t('booking.moved'), { label: t('action.undo'), run: () => void move(back) })
    return true
  } catch (error) {
    const conflict = toConflict(error) ?? (await explainConflict(error, to, span))
    notifyError(conflict?.text ?? error)
    return false
  }
}

async function put({ allocation, from, to, span }: Move): Promise<Allocation> {
  const id = isOfBooking(allocation) && (await findBookingId(allocation))
  if (id) return putBooking(id, { allocation, from, to, span })
  const body = { from_datetime: span.from.toISOString(), to_datetime: span.to.toISOString() }
  return from.id === to.id ? inventory.change(allocation, body) : moveAcross(allocation, to, body)
}

// By its rules, and with all that belongs to it.
async function putBooking(id: string, { allocation, from, to, span }: Move): Promise<Allocation> {
  const [start, end] = [span.from.toISOString(), span.to.toISOString()]
  const isOther = from.id !== to.id
  const swap = [{ allocation_id: allocation.id, resource_id: to.id }]
  await changeBooking({ id }, { from: start, to: end, ...(isOther && { swap }) })
  return { ...allocation, resource_id: to.id, from_datetime: start, to_datetime: end }
}

// The new place is won before the old one is given up, so at no moment there is none.
async function moveAcross(
  allocation: Allocation,
  to: Resource,
  body: { from_datetime: string; to_datetime: string },
): Promise<Allocation> {
  const moved = await inventory.book(to, { ...toNewAllocation(allocation), ...body })
  await inventory.release(allocation)
  return moved
}

/** Gives the time back; for a while it can be taken again with one click. */
export async function release(resource: Resource, allocation: Allocation): Promise<void> {
  await inventory.release(allocation)
  notify(t('booking.released'), {
    label: t('action.undo'),
    run: () => {
      inventory.book(resource, toNewAllocation(allocation)).catch(async (error: unknown) => {
        notifyError((await explainConflict(error, resource, undefined))?.text ?? error)
      })
    },
  })
}

function spanOf({ from_datetime, to_datetime }: Allocation): inventory.Window {
  return { from: new Date(from_datetime ?? 0), to: new Date(to_datetime ?? 0) }
}
