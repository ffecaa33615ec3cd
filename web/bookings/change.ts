import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { notify, notifyError } from '../ui/toast.tsx'
import { explainConflict } from './conflict.ts'
import * as inventory from './inventory.ts'
import { toNewAllocation } from './span.ts'

/** Gives the time back; for a while it can be taken again with one click. */
export async function release(resource: Resource, allocation: Allocation): Promise<void> {
  await inventory.releaseShown(allocation)
  notify(t('booking.released'), {
    label: t('action.undo'),
    run: () => {
      inventory.book(resource, toNewAllocation(allocation)).catch(async (error: unknown) => {
        notifyError((await explainConflict(error, resource, undefined))?.text ?? error)
      })
    },
  })
}
