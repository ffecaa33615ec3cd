import { useSignal } from '@preact/signals'
import { Fragment } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { isOpen, StateBadge } from '../bookings/booking-state.tsx'
import { readBooking } from '../bookings/bookings.ts'
import { BookingFiles } from '../bookings/lazy-booking-files.ts'
import { listResourcesById, listTypes } from '../bookings/inventory.ts'
import { download } from '../download.ts'
import { t } from '../i18n.ts'
import { bookPath } from '../pages.ts'
import { Photos } from '../photo/photo.tsx'
import { useQuery } from '../query.ts'
import { readQuery, setQuery } from '../router.ts'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notifyError } from '../ui/toast.tsx'
import { BookingActions } from './booking-actions.tsx'
import { listProperties } from './filters.tsx'
import { HandOver } from './hand-over.tsx'
import { Heading } from './heading.tsx'
import { namesOf, zonesOf } from './mine.ts'
import { describeWhen, windowOf } from './span-words.ts'
import { useFresh } from './use-fresh.ts'

interface Found {
  booking: Booking
  resources: Resource[]
  types: ResourceType[]
}

/** One booking, also shown right after it is made. */
export function BookingPage({ id }: { id: string }) {
  const found = useQuery(id, async (): Promise<Found> => {
    const booking = await readBooking(id)
    const ids = booking.items.map(({ resource_id }) => resource_id)
    const [resources, types] = await Promise.all([listResourcesById(ids), listTypes()])
    return { booking, resources, types }
  })
  useFresh(found.reload)
  // Announced once: not again on reload or return.
  const made = useSignal(readQuery('made') !== '')
  useEffect(() => setQuery({ made: undefined }, { replace: true }), [])
  return (
    <>
      <a href={bookPath} class="back">
        <Icon name="previous" />
        {t('book.title')}
      </a>
      <Loaded query={found}>
        {({ booking, resources, types }) => (
          <>
            {made.value && <Made booking={booking} />}
            <section class="card next">
              <div class="cluster">
                <Heading text={namesOf(resources)(booking)} />
                <StateBadge booking={booking} />
              </div>
              <Photos resources={resources} />
              <When booking={booking} resources={resources} />
              <Facts {...{ booking, resources, types }} />
              <HandOver booking={booking} changed={found.reload} />
              <BookingActions booking={booking} zones={zonesOf(resources)} changed={found.reload} />
              {isOpen(booking) && <ToCalendar booking={booking} />}
            </section>
            <BookingFiles booking={booking} />
          </>
        )}
      </Loaded>
    </>
  )
}

/** A file for calendar programs. */
function ToCalendar({ booking: { id, number } }: { booking: Booking }) {
  const add = () => download(`/api/bookings/${id}/ics`, `${number}.ics`)
  return (
    <button type="button" class="quiet" onClick={() => void add().catch(notifyError)}>
      <Icon name="download" />
      {t('book.to_calendar')}
    </button>
  )
}

function Made({ booking: { state, decide_by } }: { booking: Booking }) {
  if (state === 'confirmed') {
    return (
      <p class="notice" role="status">
        {t('book.done')}
      </p>
    )
  }
  if (state !== 'requested' || !decide_by) return null
  return (
    <p class="notice warn" role="status">
      <span>
        {t('book.requested')} <Time at={decide_by} />
      </span>
    </p>
  )
}

function When({ booking, resources }: Omit<Found, 'types'>) {
  const span = windowOf(booking)
  return (
    <>
      <p class="when">{describeWhen(span)}</p>
      <Elsewhere span={span} zones={zonesOf(resources)} />
    </>
  )
}

function Facts({ booking, resources, types }: Found) {
  const { number, title, note, reason, decide_by, state, series_id } = booking
  const properties = resources.flatMap((resource) => [
    ...listProperties(resource, types),
    [t('resources.note'), resource.note] as const,
  ])
  const facts = [
    [t('booking.description'), title],
    [t('resources.note'), note],
    [t('cancel.reason'), reason ?? ''],
    ...properties,
    [t('booking.number'), number],
  ].filter(([, text]) => text)
  return (
    <dl class="facts">
      {facts.map(([name, text]) => (
        <Fragment key={`${name} ${text}`}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </Fragment>
      ))}
      {series_id && (
        <>
          <dt>{t('booking.series')}</dt>
          <dd>
            <a href={`/bookings/series/${series_id}`}>{t('booking.series_days')}</a>
          </dd>
        </>
      )}
      {state === 'requested' && decide_by && (
        <>
          <dt>{t('requests.until')}</dt>
          <dd>
            <Time at={decide_by} />
          </dd>
        </>
      )}
    </dl>
  )
}
