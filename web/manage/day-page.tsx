import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Handover } from '../../shared/schemas/handover.ts'
import { isOut, StateBadge } from '../bookings/booking-state.tsx'
import { approveBooking } from '../bookings/bookings.ts'
import { HandoverForm } from '../bookings/lazy-handover-form.ts'
import type { Step } from '../bookings/check-out-and-return.ts'
import { nameKind } from '../bookings/kind.ts'
import { RejectDialog } from '../bookings/reason-dialog.tsx'
import { nameItems } from '../bookings/requests.ts'
import { describeSpan } from '../bookings/span.ts'
import { formatNumber, t, withTexts } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { readQuery, setQuery } from '../router.ts'
import { minute_ms } from '../../shared/duration.ts'
import { isAdmin } from '../session/session.ts'
import { formatRange, formatTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { patience_ms } from '../notifications/bell.tsx'
import { DaySheet } from './day-sheet.tsx'
import { findBefore, listDamaged, readDay, subjects, type Day, type Subject } from './day.ts'
import { bookingTexts } from '../bookings/texts.ts'
import { manageTexts } from './texts.ts'

/** Actions on a booking. */
type Act = (booking: Booking, what: 'approve' | 'reject' | Step) => void

interface Asked {
  booking: Booking
  what: 'reject' | Step
}

interface DayPageProps {
  /** Called with the number of requests. */
  found: (count: number) => void
}

/** A manager's day: what goes out, what comes back, and what needs attention. */
function DayPage({ found }: DayPageProps) {
  const day = useQuery('day', readDay)
  const waiting = day.data.value?.requests.length
  const damaged = useDamaged()
  const asked = useSignal<Asked | undefined>(undefined)
  useEffect(() => {
    const timer = setInterval(() => void day.reload(), minute_ms)
    return () => clearInterval(timer)
  }, [])
  useEffect(() => {
    if (waiting !== undefined) found(waiting)
  }, [waiting])
  const approve = async (booking: Booking) => {
    try {
      await approveBooking(booking)
      notify(t('requests.approved', { title: booking.title }))
    } catch (error) {
      notifyError(error)
    }
    await day.reload()
  }
  const act: Act = (booking, what) => {
    if (what === 'approve') void approve(booking)
    else asked.value = { booking, what }
  }
  return (
    <Loaded query={day}>
      {(read) => {
        // Not what was taken out of service for good.
        const isThere = ({ resource_id }: Handover) => read.names.has(resource_id)
        const all = { ...read, damaged: damaged.value.filter(isThere) }
        const chosen = chooseSubject(all)
        return (
          <>
            <Figures day={all} chosen={chosen} />
            <section class="stack" aria-live="polite">
              <h2>
                {t(`day.${chosen}`)} <span class="soft">{formatTime(new Date(), 'date')}</span>
              </h2>
              <Entries day={all} subject={chosen} act={act} />
            </section>
            <DaySheet day={all} />
            {asked.value && (
              <Ask {...asked.value} close={() => (asked.value = undefined)} done={day.reload} />
            )}
          </>
        )
      }}
    </Loaded>
  )
}

/** Later than the rest of the page. */
function useDamaged() {
  const damaged = useSignal<Handover[]>([])
  useEffect(() => {
    const read = async () => void (damaged.value = await listDamaged().catch(() => damaged.value))
    const first = setTimeout(read, patience_ms)
    const timer = setInterval(read, minute_ms)
    return () => {
      clearTimeout(first)
      clearInterval(timer)
    }
  }, [])
  return damaged
}

/** From the URL; otherwise the most urgent one, but not one that comes while it is read. */
function chooseSubject(day: Day): Subject {
  const named = subjects.find((one) => one === readQuery('what'))
  const urgent = subjects.find((one) => one !== 'damaged' && day[one].length > 0)
  return named ?? urgent ?? 'out'
}

const tones: Partial<Record<Subject, string>> = {
  late: 'bad',
  damaged: 'bad',
  requests: 'warn',
  no_show: 'bad',
}

function Figures({ day, chosen }: { day: Day; chosen: Subject }) {
  return (
    <div class="figures" role="group" aria-label={t('day.title')}>
      {subjects.map((subject) => {
        const count = day[subject].length
        return (
          <button
            key={subject}
            type="button"
            class={`figure ${count > 0 ? (tones[subject] ?? '') : ''}`}
            aria-pressed={subject === chosen}
            onClick={() => setQuery({ what: subject })}
          >
            <b>{formatNumber(count)}</b> {t(`day.${subject}`)}
          </button>
        )
      })}
    </div>
  )
}

function Entries({ day, subject, act }: { day: Day; subject: Subject; act: Act }) {
  if (day[subject].length === 0) return <Empty icon="check" title={t('day.none')} />
  const { names } = day
  return (
    <ul class="rows">
      {subject === 'blocked' &&
        day.blocked.map((one) => <Blocked key={one.id} allocation={one} names={names} />)}
      {subject === 'damaged' &&
        day.damaged.map((one) => <Damaged key={one.id} handover={one} names={names} />)}
      {subject !== 'blocked' &&
        subject !== 'damaged' &&
        day[subject].map((one) => (
          <Entry
            key={one.id}
            booking={one}
            before={one.state === 'confirmed' ? findBefore(one, day) : undefined}
            what={nameItems(one, new Map(names))}
            act={act}
          />
        ))}
    </ul>
  )
}

function Blocked({ allocation, names }: { allocation: Allocation; names: Day['names'] }) {
  const { resource_id, description, allocation_type } = allocation
  return (
    <li>
      <div class="grow">
        <a href={`/bookings/resources/${resource_id}`}>
          <b>{names.get(resource_id) ?? t('booking.one')}</b>
        </a>{' '}
        <span class="soft">{description}</span>
        <br />
        {describeSpan(allocation)}
      </div>
      <span class="badge warn">
        <Icon name="wrench" />
        {nameKind(allocation_type)}
      </span>
    </li>
  )
}

function Damaged({ handover, names }: { handover: Handover; names: Day['names'] }) {
  const { booking_id, resource_id, returned, number } = handover
  const name = names.get(resource_id) ?? t('booking.one')
  const page = `/bookings/resources/${resource_id}`
  return (
    <li>
      <div class="grow">
        <a href={page}>
          <b>{name}</b>
        </a>{' '}
        {returned?.note}
        <br />
        {returned && formatTime(returned.at)} {nameOf(returned?.by ?? '')}{' '}
        <a href={`/bookings/${booking_id}`}>{number}</a>
      </div>
      {isAdmin.value && (
        <a class="button small" href={`${page}/withdrawal`}>
          {t('resources.decommission')}
          <span class="visually-hidden">{name}</span>
        </a>
      )}
    </li>
  )
}

interface EntryProps {
  booking: Booking
  /** Has it, or will have it, until then. */
  before: Booking | undefined
  what: string
  act: Act
}

function Entry({ booking, before, what, act }: EntryProps) {
  const { id, title, from, to, booked_for } = booking
  const actions = before ? [] : actionsOf(booking)
  return (
    <li>
      <div class="grow">
        <a href={`/bookings/${id}`}>
          <b>{what}</b>
        </a>{' '}
        {nameOf(booked_for)}
        <br />
        {formatRange(from, to)} <span class="soft">{title}</span>
      </div>
      <StateBadge booking={booking} />
      {before && (
        <span class="soft">
          {t('day.after', { time: formatTime(from, 'time'), name: nameOf(before.booked_for) })}
        </span>
      )}
      {actions.map((action) => (
        <button
          key={action}
          type="button"
          class={`small ${action === 'reject' ? '' : 'primary'}`}
          onClick={() => act(booking, action)}
        >
          {t(labels[action])}
          <span class="visually-hidden">{what}</span>
        </button>
      ))}
    </li>
  )
}

const labels = {
  approve: 'requests.approve',
  reject: 'requests.reject',
  check_out: 'handover.check_out',
  return: 'handover.return',
} as const

/** With several resources, each has its own code. */
function actionsOf(booking: Booking): (keyof typeof labels)[] {
  const { state, items } = booking
  if (state === 'requested') return ['approve', 'reject']
  if (items.length > 1) return []
  if (isOut(booking)) return ['return']
  return state === 'confirmed' ? ['check_out'] : []
}

interface AskProps extends Asked {
  close: () => void
  done: () => Promise<void>
}

function Ask({ booking, what, close, done }: AskProps) {
  if (what === 'reject') return <RejectDialog {...{ booking, close, done }} />
  const finish = async () => {
    close()
    await done()
  }
  return (
    <Dialog title={t(`handover.${what}`)} close={close}>
      <p>
        {booking.title}, {nameOf(booking.booked_for)}
      </p>
      <HandoverForm
        bookingId={booking.id}
        resourceId={booking.items[0]?.resource_id ?? ''}
        step={what}
        done={finish}
      />
    </Dialog>
  )
}

export const load = () => withTexts(DayPage, bookingTexts, manageTexts)
