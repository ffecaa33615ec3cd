import { useSignal } from '@preact/signals'
import type { Booking } from '../../shared/schemas/booking.ts'
import { t } from '../i18n.ts'
import { formatTime, fromInputTime, toInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { changeBooking } from './bookings.ts'
import { ConflictNotice } from './conflict-notice.tsx'
import { toConflict, type Conflict } from './conflict.ts'
import type { Window } from './inventory.ts'

interface MoveDialogProps {
  booking: Booking
  close: () => void
  done: () => Promise<void>
}

/** Another time for a booking; its rules are asked again. */
export function MoveDialog({ booking, close, done }: MoveDialogProps) {
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
      const moved = await changeBooking(booking, {
        from: from.toISOString(),
        to: to.toISOString(),
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
  return (
    <Dialog title={t('booking.move')} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
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
        {conflict.value && <ConflictNotice conflict={conflict.value} take={take} />}
      </Form>
    </Dialog>
  )
}
