import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { notify, notifyError } from '../ui/toast.tsx'
import { explainConflict } from './conflict.ts'
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
  const body = { from_datetime: span.from.toISOString(), to_datetime: span.to.toISOString() }
  try {
    const moved =
      from.id === to.id
        ? await inventory.change(allocation, body)
        : await moveAcross(allocation, to, body)
    const back = { allocation: moved, from: to, to: from, span: spanOf(allocation) }
    notify(t('booking.moved'), { label: t('action.undo'), run: () => void move(back) })
    return true
  } catch (error) {
    notifyError((await explainConflict(error, to, span))?.text ?? error)
    return false
  }
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
