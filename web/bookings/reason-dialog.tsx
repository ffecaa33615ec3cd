import { useSignal } from '@preact/signals'
import type { Booking } from '../../shared/schemas/booking.ts'
import { InputError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { isChanged } from '../if-shown.ts'
import { cancelBooking, rejectBooking } from './bookings.ts'
import { readRefusal } from './refusal.ts'

interface DecisionProps {
  booking: Booking
  close: () => void
  done: () => Promise<void>
}

/** Asks for a reason, to tell the requester. */
export function RejectDialog({ booking, close, done }: DecisionProps) {
  const send = async (reason: string) => {
    try {
      await rejectBooking(booking, reason)
      notify(t('requests.rejected', { title: booking.title }))
    } catch (error) {
      // It must be read again first.
      if (!isChanged(error)) throw error
      notifyError(error)
    }
    close()
    await done()
  }
  return (
    <ReasonDialog
      title={t('requests.reject_title')}
      label={t('requests.reject')}
      wayOut={t('action.cancel')}
      {...{ send, close }}
    />
  )
}

/** Asks first, as it cannot be undone: the time may be somebody else's a moment later. */
export function CancelDialog({ booking, close, done }: DecisionProps) {
  const send = async (reason: string) => {
    await cancelBooking(booking, reason)
    notify(t('cancel.done'))
    close()
    await done()
  }
  return (
    <ReasonDialog
      title={t('cancel.title')}
      label={t('cancel.it')}
      wayOut={t('cancel.keep_it')}
      otherwise={t('cancel.no_longer_needed')}
      {...{ send, close }}
    />
  )
}

interface ReasonDialogProps {
  title: string
  label: string
  /** The button that changes nothing. */
  wayOut: string
  /** The default reason; without it, one is required. */
  otherwise?: string
  send: (reason: string) => Promise<void>
  close: () => void
}

function ReasonDialog({ title, label, wayOut, otherwise, send, close }: ReasonDialogProps) {
  const reason = useSignal('')
  const form = useForm(async () => {
    try {
      await send(reason.value.trim() || (otherwise ?? ''))
    } catch (error) {
      const refusal = readRefusal(error)
      throw refusal ? new InputError(refusal.reasons().join(' ')) : error
    }
  })
  return (
    <Dialog title={title} close={close}>
      <Form
        form={form}
        label={label}
        more={
          <button type="button" onClick={close}>
            {wayOut}
          </button>
        }
      >
        <Field
          label={t('cancel.reason')}
          value={reason.value}
          change={(text) => (reason.value = text)}
          maxLength={500}
          required={otherwise === undefined}
          autofocus
        />
      </Form>
    </Dialog>
  )
}
