import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { repeatable } from '../repeat-key.ts'
import { notify, notifyError } from '../ui/toast.tsx'
import { cancelBooking, createBooking } from './bookings.ts'
import { typeOf, type TimeSpan } from './inventory.ts'

/** Whether a resource is booked through the service that knows its rules. */
export async function hasRules(resource: Resource): Promise<boolean> {
  return (await typeOf(resource)).managed_by !== null
}

interface Wish {
  resource: Resource
  span: TimeSpan
  title: string
  /** A user's id; empty: the current user. */
  bookedFor: string
  /** Called when it is undone. */
  done: (resourceId: string) => void
}

/** @throws ProblemError for `toConflict` */
export async function bookByRules({ resource, span, title, bookedFor, done }: Wish): Promise<void> {
  const { from, to } = span
  const booking = await createBooking(
    {
      items: [{ resource_id: resource.id }],
      from: from.toISOString(),
      to: to.toISOString(),
      title: title.trim() || resource.name,
      ...(bookedFor && { booked_for: bookedFor }),
    },
    repeatable(),
  )
  const undo = async () => {
    await cancelBooking(booking, t('cancel.no_longer_needed')).catch(notifyError)
    done(resource.id)
  }
  const said = booking.state === 'requested' ? 'booking.requested' : 'booking.booked'
  const run = () => void undo()
  notify(t(said, { name: resource.name }), { label: t('action.undo'), run })
}
