import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Booking } from '../../shared/schemas/booking.ts'
import { t } from '../i18n.ts'
import { hour_ms } from '../../shared/duration.ts'
import { describeInput, formatTime, fromInputTime, toInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Form } from '../ui/form.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify } from '../ui/toast.tsx'
import { changeTagged, readBookingTagged, whoChangedBooking } from './bookings.ts'
import { readExtensionRefusal } from './extension-refusal.ts'
import type { Refusal } from './refusal.ts'

interface ExtendDialogProps {
  booking: Booking
  /** Of its resources. */
  zones: readonly string[]
  close: () => void
  done: () => Promise<void>
}

/** A later end for a checked-out booking; its start is unchanged. */
export function ExtendDialog({ booking, zones, close, done }: ExtendDialogProps) {
  const refusal = useSignal<Refusal | undefined>(undefined)
  const { form, fields, set } = useEdit<Booking, { to: string }>({
    of: booking,
    read: readBookingTagged,
    toFields: (shown) => ({ to: toInputTime(new Date((shown ?? booking).to)) }),
    words: ({ to }) => [[t('booking.to'), describeInput(to)]],
    send: async ({ to }, tagged) => {
      refusal.value = undefined
      const wanted = fromInputTime(to)
      if (!wanted) return
      try {
        const longer = await changeTagged(booking, { to: wanted.toISOString() }, tagged)
        notify(t('booking.extended', { to: formatTime(longer.to) }))
        await done()
      } catch (error) {
        refusal.value = await readExtensionRefusal(error, { booking, wanted })
        if (!refusal.value) throw error
      }
    },
    by: whoChangedBooking,
  })
  // An hour more, as a suggestion.
  useEffect(() => {
    const end = Math.max(Date.parse(booking.to), Date.now())
    set({ to: toInputTime(new Date(end + hour_ms)) })
  }, [])
  const wanted = fromInputTime(fields.value.to)
  const take = (to: Date) => {
    set({ to: toInputTime(to) })
    refusal.value = undefined
  }
  return (
    <Dialog title={t('booking.extend')} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
        <TimeField
          label={t('booking.to')}
          value={fields.value.to}
          change={(to) => set({ to })}
          required
          autofocus
        />
        <Elsewhere span={wanted && { from: new Date(booking.from), to: wanted }} zones={zones} />
        {refusal.value && <Until refusal={refusal.value} take={take} />}
      </Form>
    </Dialog>
  )
}

/** Why it cannot end then, and when it can. */
function Until({ refusal, take }: { refusal: Refusal; take: (to: Date) => void }) {
  const { reasons, nearest } = refusal
  return (
    <div class="notice failure" role="alert">
      <p>{reasons().join(' ')}</p>
      {nearest && (
        <button type="button" onClick={() => take(nearest.to)}>
          {t('booking.extend_to', { to: formatTime(nearest.to) })}
        </button>
      )}
    </div>
  )
}
