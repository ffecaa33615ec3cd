import { useSignal } from '@preact/signals'
import type { Holdings } from '../../shared/schemas/leaving.ts'
import { t } from '../i18n.ts'
import { Confirm } from '../ui/dialog.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { countAhead, releaseBookings } from './leaving.ts'

interface ReleaseBookingsProps {
  id: string
  held: Holdings
  done: () => void
}

/** Cancels all upcoming bookings and waiting list entries of a user. */
export function ReleaseBookings({ id, held, done }: ReleaseBookingsProps) {
  const isAsking = useSignal(false)
  if (countAhead(held) === 0) return null
  const release = () =>
    releaseBookings(id)
      .then(() => notify(t('booking.released')), notifyError)
      .finally(done)
  return (
    <>
      <button type="button" onClick={() => (isAsking.value = true)}>
        {t('leaving.release')}
      </button>
      {isAsking.value && (
        <Confirm
          title={t('leaving.release')}
          text={t('leaving.release_text')}
          label={t('leaving.release')}
          confirm={() => void release()}
          close={() => (isAsking.value = false)}
        />
      )}
    </>
  )
}
