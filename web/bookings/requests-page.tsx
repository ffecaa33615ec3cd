import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Booking } from '../../shared/schemas/booking.ts'
import { t } from '../i18n.ts'
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

interface RequestsPageProps {
  /** Called when one is decided. */
  changed: () => void
}

/** What waits to be decided: a key or a click for each. */
export function RequestsPage({ changed }: RequestsPageProps) {
  const requests = useQuery('requests', readRequests)
  const rejecting = useSignal<Booking | undefined>(undefined)
  const list = useRef<HTMLUListElement>(null)
  const reload = async () => {
    await requests.reload()
    changed()
    list.current?.querySelector<HTMLElement>('.primary')?.focus()
  }
  const approve = async (booking: Booking) => {
    try {
      await approveBooking(booking)
      notify(t('requests.approved', { title: booking.title }))
    } catch (error) {
      notifyError(error)
    }
    await reload()
  }
  const press = (event: KeyboardEvent, booking: Booking) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    if (event.key === 'a') void approve(booking)
    else if (event.key === 'r') rejecting.value = booking
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') step(event)
    else return
    event.preventDefault()
  }
  return (
    <Loaded query={requests}>
      {({ bookings, names }) =>
        bookings.length === 0 ? (
          <Empty icon="check" title={t('requests.none')}>
            <p>{t('requests.none_text')}</p>
          </Empty>
        ) : (
          <>
            <p class="soft">{t('requests.keys')}</p>
            <ul class="rows" ref={list}>
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
            {rejecting.value && (
              <RejectDialog
                booking={rejecting.value}
                close={() => (rejecting.value = undefined)}
                done={reload}
              />
            )}
          </>
        )
      }
    </Loaded>
  )
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
