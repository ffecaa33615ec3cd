import type { Allocation, AllocationChange } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { t } from '../i18n.ts'
import { isChanged } from '../if-shown.ts'
import { notify, notifyError } from '../ui/toast.tsx'
import { explainConflict } from './conflict.ts'
import * as inventory from './inventory.ts'
import { toNewAllocation } from './span.ts'

/** Releases the time; for a while it can be undone by one click. */
export async function release(resource: Resource, allocation: Allocation): Promise<void> {
  await inventory.releaseShown(allocation)
  notify(t('booking.released'), {
    label: t('action.undo'),
    run: () => {
      inventory.book(resource, toNewAllocation(allocation)).catch(async (error: unknown) => {
        notifyError((await explainConflict(error, resource, undefined))?.text() ?? error)
      })
    },
  })
}

/** Moves to another resource: the new place is booked before the old one is released. */
export async function moveAcross(
  allocation: Allocation,
  to: Resource,
  body: AllocationChange,
): Promise<Allocation> {
  const moved = await inventory.book(to, { ...toNewAllocation(allocation), ...body })
  try {
    await inventory.releaseShown(allocation)
  } catch (error) {
    // It was released, and only the response was lost.
    if (!isRefusal(error) && !(await inventory.isThere(allocation))) return moved
    // Somebody else was first: nothing may be booked twice.
    await inventory.release(moved)
    throw error
  }
  return moved
}

function isRefusal(error: unknown): boolean {
  const status = error instanceof ProblemError ? error.status : 0
  return isChanged(error) || (status >= 400 && status < 500)
}
