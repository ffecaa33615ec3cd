import { useSignal } from '@preact/signals'
import type { Booking } from '../../shared/schemas/booking.ts'
import { t } from '../i18n.ts'
import { formatTime, fromInputTime, hour_ms, toInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify } from '../ui/toast.tsx'
import { changeShown } from './bookings.ts'
import { ConflictNotice } from './conflict-notice.tsx'
import { toConflict, type Conflict } from './conflict.ts'

interface ExtendDialogProps {
  booking: Booking
  close: () => void
  done: () => Promise<void>
}

/** A later end for a checked-out booking; its start is unchanged. */
export function ExtendDialog({ booking, close, done }: ExtendDialogProps) {
  const end = Math.max(Date.parse(booking.to), Date.now())
  const to = useSignal(toInputTime(new Date(end + hour_ms)))
  const conflict = useSignal<Conflict | undefined>(undefined)
  const form = useForm(async () => {
    conflict.value = undefined
    const wanted = fromInputTime(to.value)
    if (!wanted) return
    try {
      const longer = await changeShown(booking, { to: wanted.toISOString() })
      notify(t('booking.extended', { to: formatTime(longer.to) }))
      await done()
    } catch (error) {
      conflict.value = toConflict(error)
      if (!conflict.value) throw error
    }
  })
  return (
    <Dialog title={t('booking.extend')} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
        <TimeField
          label={t('booking.to')}
          value={to.value}
          change={(value) => (to.value = value)}
          required
          autofocus
        />
        {conflict.value && (
          <ConflictNotice
            conflict={conflict.value}
            take={(span) => {
              to.value = toInputTime(span.to)
              conflict.value = undefined
            }}
          />
        )}
      </Form>
    </Dialog>
  )
}
