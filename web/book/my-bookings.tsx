import type { Booking } from '../../shared/schemas/booking.ts'
import { isLate, StateBadge } from '../bookings/booking-state.tsx'
import { t } from '../i18n.ts'
import { bookPath } from '../pages.ts'
import { useQuery } from '../query.ts'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { BookingActions } from './booking-actions.tsx'
import { Heading } from './heading.tsx'
import { readMine, type Mine } from './mine.ts'
import { describeWhen, windowOf } from './span-words.ts'
import { useFresh } from './use-fresh.ts'

/** What the user has, the next one on top. */
export function MyBookings() {
  const mine = useQuery('mine', readMine)
  useFresh(mine.reload)
  return (
    <>
      <Heading text={t('book.title')} />
      <Loaded query={mine}>{(found) => <Found mine={found} changed={mine.reload} />}</Loaded>
    </>
  )
}

function Found({ mine, changed }: { mine: Mine; changed: () => Promise<void> }) {
  const { open, refused, nameOf } = mine
  const [next, ...later] = open
  return (
    <>
      {next ? (
        <Next booking={next} name={nameOf(next)} changed={changed} />
      ) : (
        <Empty icon="bookings" title={t('book.none')}>
          <p>{t('book.none_text')}</p>
        </Empty>
      )}
      <a class="button primary wide" href={`${bookPath}/new`}>
        <Icon name="plus" />
        {t('booking.book')}
      </a>
      <Rows title={t('book.later')} bookings={later} nameOf={nameOf} />
      <Rows title={t('book.refused')} bookings={refused} nameOf={nameOf} />
    </>
  )
}

interface NextProps {
  booking: Booking
  name: string
  changed: () => Promise<void>
}

function Next({ booking, name, changed }: NextProps) {
  return (
    <section class={isLate(booking) ? 'card next late' : 'card next'}>
      <div class="cluster">
        <h2>
          <a href={`${bookPath}/${booking.id}`}>{name}</a>
        </h2>
        <StateBadge booking={booking} />
      </div>
      <p class="when">{describeWhen(windowOf(booking))}</p>
      <p class="soft">{booking.title}</p>
      <BookingActions booking={booking} changed={changed} />
    </section>
  )
}

interface RowsProps {
  title: string
  bookings: Booking[]
  nameOf: Mine['nameOf']
}

function Rows({ title, bookings, nameOf }: RowsProps) {
  if (bookings.length === 0) return null
  return (
    <section class="stack">
      <h2>{title}</h2>
      <ul class="rows">
        {bookings.map((booking) => (
          <li key={booking.id}>
            <a class="row" href={`${bookPath}/${booking.id}`}>
              <span class="grow">
                <span class="cluster">
                  <b>{nameOf(booking)}</b>
                  <StateBadge booking={booking} />
                </span>
                {describeWhen(windowOf(booking))}
                <br />
                <span class="soft">{booking.title}</span>
              </span>
              <Icon name="next" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
