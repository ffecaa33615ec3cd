import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Booking } from '../../shared/schemas/booking.ts'
import { t, withTexts } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { formatRange } from '../time.ts'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { approveBooking } from './bookings.ts'
import { RejectDialog } from './reason-dialog.tsx'
import { nameItems, readRequests } from './requests.ts'
import { bookingTexts } from './texts.ts'
import { manageTexts } from '../manage/texts.ts'

interface RequestsPageProps {
  /** Called when one is decided. */
  changed: () => void
}

/** Pending requests: a key or a click for each. */
function RequestsPage({ changed }: RequestsPageProps) {
  const requests = useQuery('requests', readRequests)
  const rejecting = useSignal<Booking | undefined>(undefined)
  const list = useRef<HTMLUListElement>(null)
  const busy = useSignal(false)
  const reload = async (decided: Booking) => {
    const at = requests.data.value?.bookings.findIndex(({ id }) => id === decided.id) ?? 0
    await requests.reload()
    changed()
    focusRow(list.current, at)
  }
  // One at a time: the next is decided once it is seen.
  const approve = async (booking: Booking) => {
    if (busy.value) return
    busy.value = true
    try {
      await approveBooking(booking)
      notify(t('requests.approved', { title: booking.title }))
    } catch (error) {
      notifyError(error)
    } finally {
      await reload(booking)
      busy.value = false
    }
  }
  const press = (event: KeyboardEvent, booking: Booking) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    // A held key was meant for one row.
    if (event.repeat && (event.key === 'a' || event.key === 'r')) return event.preventDefault()
    if (event.key === 'a') void approve(booking)
    else if (event.key === 'r') rejecting.value = booking
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') step(event)
    else return
    event.preventDefault()
  }
  const rejected = rejecting.value
  return (
    <Loaded query={requests}>
      {({ bookings, names }) =>
        bookings.length === 0 ? (
          <Empty icon="check" title={t('requests.none')}>
            <p>{t('requests.none_text')}</p>
          </Empty>
        ) : (
          <>
            <p class="soft keys">{t('requests.keys')}</p>
            <ul class="rows" ref={list} aria-busy={busy.value}>
              {bookings.map((booking) => (
                <li key={booking.id} onKeyDown={(event) => press(event, booking)}>
                  <Request booking={booking} what={nameItems(booking, names)} />
                  <div class="cluster">
                    <button
                      type="button"
                      class="primary small"
                      onClick={() => void approve(booking)}
                    >
                      <Icon name="check" />
                      {t('requests.approve')}
                      <span class="visually-hidden">{booking.title}</span>
                    </button>
                    <button type="button" class="small" onClick={() => (rejecting.value = booking)}>
                      {t('requests.reject')}
                      <span class="visually-hidden">{booking.title}</span>
                    </button>
                  </div>
                </li>
              ))}
            </ul>
            {rejected && (
              <RejectDialog
                booking={rejected}
                close={() => (rejecting.value = undefined)}
                done={() => reload(rejected)}
              />
            )}
          </>
        )
      }
    </Loaded>
  )
}

/** The row that takes the place of the decided one; the heading after the last. */
function focusRow(list: HTMLUListElement | null, at: number): void {
  const rows = list?.isConnected ? [...list.querySelectorAll<HTMLElement>('.primary')] : []
  const next = rows[at] ?? rows.at(-1)
  if (next) return next.focus()
  const heading = document.querySelector('h1')
  heading?.setAttribute('tabindex', '-1')
  heading?.focus()
}

/** From row to row. */
function step({ key, currentTarget }: KeyboardEvent): void {
  if (!(currentTarget instanceof HTMLElement)) return
  const { nextElementSibling: next, previousElementSibling: before } = currentTarget
  const row = key === 'ArrowDown' ? next : before
  row?.querySelector<HTMLElement>('.primary')?.focus()
}

function Request({ booking, what }: { booking: Booking; what: string }) {
  const { id, title, from, to, booked_for, note, decide_by } = booking
  return (
    <div class="grow">
      <a href={`/bookings/${id}`}>
        <b>{title}</b>
      </a>{' '}
      <span class="soft">{nameOf(booked_for)}</span>
      <br />
      {what}, {formatRange(from, to)}
      {note && (
        <>
          <br />
          <span class="soft">{note}</span>
        </>
      )}
      {decide_by && (
        <>
          <br />
          <small class="soft">
            {t('requests.until')} <Time at={decide_by} />
          </small>
        </>
      )}
    </div>
  )
}

export const load = () => withTexts(RequestsPage, bookingTexts, manageTexts)
