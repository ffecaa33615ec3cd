import { useSignal } from '@preact/signals'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { formatTime, fromInputTime, toInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Choice, Field, Form, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { changeShown } from './bookings.ts'
import { ConflictNotice } from './conflict-notice.tsx'
import { toConflict, type Conflict } from './conflict.ts'
import type { Window } from './inventory.ts'

interface MoveDialogProps {
  booking: Booking
  /** What it can be swapped for: where there is one resource, and others are known. */
  peers?: Resource[]
  close: () => void
  done: () => Promise<void>
}

/** Another time for a booking; its rules are asked again. */
export function MoveDialog({ booking, peers = [], close, done }: MoveDialogProps) {
  const [item, ...others] = booking.items
  const resourceId = useSignal(item?.resource_id ?? '')
  const choices = others.length === 0 ? peers.filter(isOfType(item?.resource_type)) : []
  const span = useSignal({
    from: toInputTime(new Date(booking.from)),
    to: toInputTime(new Date(booking.to)),
  })
  const conflict = useSignal<Conflict | undefined>(undefined)
  const form = useForm(async () => {
    conflict.value = undefined
    const [from, to] = [fromInputTime(span.value.from), fromInputTime(span.value.to)]
    if (!from || !to) return
    try {
      const isOther = item && resourceId.value !== item.resource_id
      const swap = item && [{ allocation_id: item.allocation_id, resource_id: resourceId.value }]
      const moved = await changeShown(booking, {
        from: from.toISOString(),
        to: to.toISOString(),
        ...(isOther && swap && { swap }),
      })
      notify(t('booking.moved_to', { from: formatTime(moved.from) }))
      close()
      await done()
    } catch (error) {
      conflict.value = toConflict(error)
      if (!conflict.value) throw error
    }
  })
  const take = ({ from, to }: Window) => {
    span.value = { from: toInputTime(from), to: toInputTime(to) }
    conflict.value = undefined
  }
  const takePeer = (id: string) => {
    resourceId.value = id
    conflict.value = undefined
  }
  return (
    <Dialog title={t('booking.move')} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
        {choices.length > 1 && (
          <Choice
            label={t('booking.resource')}
            value={resourceId.value}
            change={(id) => (resourceId.value = id)}
            options={choices.map(({ id, name }) => ({ value: id, label: name }))}
          />
        )}
        <div class="pair">
          {(['from', 'to'] as const).map((bound) => (
            <Field
              key={bound}
              label={t(`booking.${bound}`)}
              type="datetime-local"
              value={span.value[bound]}
              change={(value) => (span.value = { ...span.value, [bound]: value })}
              required
            />
          ))}
        </div>
        {conflict.value && (
          <ConflictNotice
            conflict={conflict.value}
            take={take}
            {...(choices.length > 1 && { takePeer })}
          />
        )}
      </Form>
    </Dialog>
  )
}

const isOfType =
  (type: string | undefined) =>
  ({ resource_type }: Resource) =>
    resource_type === type
