import { isLate, StateBadge } from '../bookings/booking-state.tsx'
import { release } from '../bookings/change.ts'
import { t } from '../i18n.ts'
import { bookPath } from '../pages.ts'
import { useQuery } from '../query.ts'
import { formatTime } from '../time.ts'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import { BookingActions } from './booking-actions.tsx'
import { HandOver } from './hand-over.tsx'
import { Heading } from './heading.tsx'
import { readMine, type Entry, type Mine } from './mine.ts'
import { describeWhen } from './span-words.ts'
import { useFresh } from './use-fresh.ts'

/** The user's bookings, the next one first. */
export function MyBookings() {
  const mine = useQuery('mine', readMine)
  useFresh(mine.reload)
  return (
    <>
      <Heading text={t('book.title')} />
      <Loaded query={mine}>
        {({ data, since }) => (
          <>
            {since && (
              <p class="notice warn" role="status">
                {t('book.offline', { at: formatTime(since) })}
              </p>
            )}
            <Found mine={data} changed={mine.reload} />
          </>
        )}
      </Loaded>
    </>
  )
}

function Found({ mine, changed }: { mine: Mine; changed: () => Promise<void> }) {
  const { open, refused } = mine
  const [next, ...later] = open
  return (
    <>
      {next ? (
        <Next entry={next} changed={changed} />
      ) : (
        <Empty icon="bookings" title={t('book.none')}>
          <p>{t('book.none_text')}</p>
        </Empty>
      )}
      <a class="button primary wide" href={`${bookPath}/new`}>
        <Icon name="plus" />
        {t('booking.book')}
      </a>
      <Rows title={t('book.later')} entries={later} changed={changed} />
      <Rows title={t('book.refused')} entries={refused} changed={changed} />
    </>
  )
}

interface NextProps {
  entry: Entry
  changed: () => Promise<void>
}

function Next({ entry, changed }: NextProps) {
  const { id, what, title, span, zones, booking } = entry
  return (
    <section class={booking && isLate(booking) ? 'card next late' : 'card next'}>
      <div class="cluster">
        <h2>{booking ? <a href={`${bookPath}/${id}`}>{what}</a> : what}</h2>
        {booking && <StateBadge booking={booking} />}
      </div>
      <p class="when">{describeWhen(span)}</p>
      <Elsewhere span={span} zones={zones} />
      <p class="soft">{title}</p>
      {booking && <HandOver booking={booking} changed={changed} />}
      {booking && <BookingActions booking={booking} zones={zones} changed={changed} />}
      <GiveBack entry={entry} changed={changed} />
    </section>
  )
}

interface RowsProps {
  title: string
  entries: Entry[]
  changed: () => Promise<void>
}

function Rows({ title, entries, changed }: RowsProps) {
  if (entries.length === 0) return null
  return (
    <section class="stack">
      <h2>{title}</h2>
      <ul class="rows">
        {entries.map((entry) => (
          <li key={entry.id}>
            {entry.booking ? (
              <a class="row" href={`${bookPath}/${entry.id}`}>
                <About entry={entry} />
                <Icon name="next" />
              </a>
            ) : (
              <div class="row">
                <About entry={entry} />
                <GiveBack entry={entry} changed={changed} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function About({ entry: { what, title, span, zones, booking } }: { entry: Entry }) {
  return (
    <span class="grow">
      <span class="cluster">
        <b>{what}</b>
        {booking && <StateBadge booking={booking} />}
      </span>
      {describeWhen(span)}
      <Elsewhere span={span} zones={zones} />
      <span class="soft block">{title}</span>
    </span>
  )
}

/** Releases an allocation made in the calendar; for a while it can be undone. */
function GiveBack({ entry: { what, direct }, changed }: NextProps) {
  if (!direct) return null
  const { allocation, resource } = direct
  if (!resource) return null
  const give = async () => {
    await release(resource, allocation).catch(notifyError)
    await changed()
  }
  return (
    <button type="button" onClick={() => void give()}>
      {t('booking.release')}
      <span class="visually-hidden">{what}</span>
    </button>
  )
}
