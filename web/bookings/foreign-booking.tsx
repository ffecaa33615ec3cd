import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { Dialog } from '../ui/dialog.tsx'
import { nameKind } from './kind.ts'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { boundsOf, describeSpan } from './span.ts'

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
    </Dialog>
  )
}
