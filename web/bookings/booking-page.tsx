import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t, withTexts } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { isAdmin, user } from '../session/session.ts'
import { formatRange } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { isOpen, isOut, StateBadge } from './booking-state.tsx'
import { approveBooking, readBooking } from './bookings.ts'
import { ExtendDialog } from './extend-dialog.tsx'
import { BookingFiles } from './lazy-booking-files.ts'
import { MoveDialog } from './lazy-dialogs.ts'
import { HandoverForm } from './lazy-handover-form.ts'
import { listResourcesById, listTypes, pageOf } from './inventory.ts'
import { CancelDialog, RejectDialog } from './reason-dialog.tsx'
import { bookingTexts } from './texts.ts'

export interface Found {
  booking: Booking
  resources: { resource: Resource; href: string }[]
}

export async function readFound(id: string): Promise<Found> {
  const booking = await readBooking(id)
  const ids = booking.items.map(({ resource_id }) => resource_id)
  const [resources, types] = await Promise.all([listResourcesById(ids), listTypes()])
  return {
    booking,
    resources: resources.map((resource) => {
      const type = types.find(({ name }) => name === resource.resource_type)
      return { resource, href: type ? pageOf(type, resource) : '/bookings/resources' }
    }),
  }
}

export function zonesOf(resources: Found['resources']): string[] {
  return resources.map(({ resource }) => resource.time_zone)
}

/** A booking: who has what and when, its history, and actions. */
function BookingPage({ id }: { id: string }) {
  const found = useQuery(id, () => readFound(id))
  return (
    <Loaded query={found}>
      {({ booking, resources }) => (
        <>
          <header class="page-head">
            <div>
              <a href="/bookings">{t('page.bookings')}</a>
              <h1>{booking.title}</h1>
            </div>
            <StateBadge booking={booking} />
          </header>
          <Facts booking={booking} resources={resources} />
          <Actions booking={booking} zones={zonesOf(resources)} changed={found.reload} />
          <BookingFiles booking={booking} />
        </>
      )}
    </Loaded>
  )
}

export function Facts({ booking, resources }: Found) {
  const { number, from, to, booked_for, created_by, created, note } = booking
  const { decide_by, decided_by, reason, state } = booking
  return (
    <dl class="facts card">
      <Fact name={t('booking.number')}>{number}</Fact>
      <Fact name={t('booking.resource')}>
        {resources.map(({ resource, href }) => (
          <div key={resource.id}>
            <a href={href}>{resource.name}</a>
          </div>
        ))}
      </Fact>
      <Fact name={t('booking.when')}>
        {formatRange(from, to)}
        <Elsewhere span={{ from: new Date(from), to: new Date(to) }} zones={zonesOf(resources)} />
      </Fact>
      <Fact name={t('booking.who')}>{nameOf(booked_for)}</Fact>
      {booking.series_id && (
        <Fact name={t('booking.series')}>
          <a href={`/bookings/series/${booking.series_id}`}>{t('booking.series_days')}</a>
        </Fact>
      )}
      {note && <Fact name={t('resources.note')}>{note}</Fact>}
      <Fact name={t('booking.made')}>
        <Time at={created} />
        {created_by !== booked_for && `, ${nameOf(created_by)}`}
      </Fact>
      {state === 'requested' && decide_by && (
        <Fact name={t('requests.until')}>
          <Time at={decide_by} />
        </Fact>
      )}
      {decided_by && <Fact name={t('booking.decided')}>{nameOf(decided_by)}</Fact>}
      {reason && <Fact name={t('cancel.reason')}>{reason}</Fact>}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

type Action = 'move' | 'cancel' | 'reject'

interface ActionsProps {
  booking: Booking
  /** Of its resources. */
  zones: readonly string[]
  changed: () => Promise<void>
}

export function Actions({ booking, zones, changed }: ActionsProps) {
  const action = useSignal<Action | undefined>(undefined)
  const close = () => (action.value = undefined)
  const rest = { booking, close, done: changed }
  // A checked-out booking is returned, but neither moved nor cancelled.
  if (isOut(booking)) return <OutActions {...{ booking, zones, changed }} />
  if (!isOpen(booking) || Date.parse(booking.to) <= Date.now()) return null
  const approve = async () => {
    try {
      await approveBooking(booking)
      notify(t('requests.approved', { title: booking.title }))
    } catch (error) {
      notifyError(error)
    }
    await changed()
  }
  return (
    <div class="cluster">
      {mayDecide(booking) && (
        <>
          <button type="button" class="primary" onClick={() => void approve()}>
            <Icon name="check" />
            {t('requests.approve')}
          </button>
          <button type="button" onClick={() => (action.value = 'reject')}>
            {t('requests.reject')}
          </button>
        </>
      )}
      <button type="button" onClick={() => (action.value = 'move')}>
        {t('booking.change')}
      </button>
      <button type="button" class="danger" onClick={() => (action.value = 'cancel')}>
        {t('cancel.it')}
      </button>
      {action.value === 'move' && <MoveDialog {...rest} />}
      {action.value === 'cancel' && <CancelDialog {...rest} />}
      {action.value === 'reject' && <RejectDialog {...rest} />}
    </div>
  )
}

function OutActions({ booking, zones, changed }: ActionsProps) {
  const action = useSignal<'extend' | 'return' | undefined>(undefined)
  const close = () => (action.value = undefined)
  const done = async () => {
    close()
    await changed()
    // The button that opened the form is gone.
    document.getElementById('main')?.focus()
  }
  const [item, ...others] = booking.items
  return (
    <div class="cluster">
      {others.length === 0 && (
        <button type="button" class="primary" onClick={() => (action.value = 'return')}>
          {t('handover.return')}
        </button>
      )}
      <button type="button" onClick={() => (action.value = 'extend')}>
        {t('booking.extend')}
      </button>
      {action.value === 'extend' && <ExtendDialog {...{ booking, zones, close, done }} />}
      {action.value === 'return' && item && (
        <Dialog title={t('handover.return')} close={close}>
          <HandoverForm
            bookingId={booking.id}
            resourceId={item.resource_id}
            step="return"
            done={done}
          />
        </Dialog>
      )}
    </div>
  )
}

/** A viewer who is not involved must be a manager. */
function mayDecide({ state, booked_for, created_by }: Booking): boolean {
  const me = user.value?.id
  return state === 'requested' && (isAdmin.value || (booked_for !== me && created_by !== me))
}

export const load = () => withTexts(BookingPage, bookingTexts)
