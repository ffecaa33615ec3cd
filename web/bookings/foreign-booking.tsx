import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { Dialog } from '../ui/dialog.tsx'
import { nameKind } from './kind.ts'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { useQuery } from '../query.ts'
import { notifyError } from '../ui/toast.tsx'
import { hasRules } from './book-by-rules.ts'
import { isOfBooking } from './bar.ts'
import { boundsOf, describeSpan } from './span.ts'
import { join } from './waitlist.ts'

interface ForeignBookingProps {
  allocation: Allocation
  resource: Resource | undefined
  close: () => void
}

/** Another user's booking, read-only. */
export function ForeignBooking({ allocation, resource, close }: ForeignBookingProps) {
  return (
    <Dialog title={allocation.description || t('booking.one')} close={close}>
      <dl class="facts">
        <dt>{t('booking.resource')}</dt>
        <dd>{resource?.name}</dd>
        <dt>{t('booking.when')}</dt>
        <dd>
          {describeSpan(allocation)}
          <Elsewhere span={boundsOf(allocation)} zones={resource ? [resource.time_zone] : []} />
        </dd>
        <dt>{t('booking.who')}</dt>
        <dd>{nameOf(allocation.booked_for)}</dd>
        <dt>{t('booking.type')}</dt>
        <dd>{nameKind(allocation.allocation_type)}</dd>
      </dl>
      <p class="soft">{t('booking.foreign')}</p>
      {resource && <Wait {...{ allocation, resource, close }} />}
    </Dialog>
  )
}

/** Where its time is waited for: not of what has rules, nor what is out of use. */
function Wait({ allocation, resource, close }: ForeignBookingProps & { resource: Resource }) {
  const isByRules = useQuery(`rules ${resource.id}`, () => hasRules(resource)).data.value
  const { allocation_type, from_datetime: from, to_datetime: to } = allocation
  const isWaitable =
    allocation_type === 'booking' && !isOfBooking(allocation) && isByRules === false
  if (!isWaitable || !from || !to || Date.parse(from) <= Date.now()) return null
  const wait = async () => {
    try {
      await join({ resource_id: resource.id }, { from: new Date(from), to: new Date(to) })
      close()
    } catch (error) {
      notifyError(error)
    }
  }
  return (
    <button type="button" onClick={() => void wait()}>
      {t('wait.join')}
    </button>
  )
}
