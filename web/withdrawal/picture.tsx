import { useSignal } from '@preact/signals'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { requireShown } from '../board/booking-of.ts'
import { CancelDialog } from '../bookings/reason-dialog.tsx'
import { clip, describeSpan } from '../bookings/span.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { navigate } from '../router.ts'
import { adoptStyle } from '../style/adopt.ts'
import { day_ms } from '../../shared/duration.ts'
import { addDays, formatTime, startOfDay } from '../time.ts'
import { Icon } from '../ui/icon.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import css from './picture.css' with { type: 'text' }
import { moveToPeer, type Plan, type PlannedBooking } from './withdrawal.ts'

interface PictureProps {
  plan: Plan
  resource: Resource
  isForGood: boolean
  reload: () => Promise<void>
}

/** Each booking in words, and as bars: its old place, and its new one. */
export function Picture({ plan, ...props }: PictureProps) {
  adoptStyle(css)
  return (
    <ul class="rows" aria-label={t('withdrawal.plan')}>
      {plan.bookings.map((planned) => (
        <Row key={planned.booking.id} planned={planned} {...props} />
      ))}
    </ul>
  )
}

interface RowProps extends Omit<PictureProps, 'plan'> {
  planned: PlannedBooking
}

function Row({ planned, resource, isForGood, reload }: RowProps) {
  const { booking, fate, to } = planned
  const days = daysOf(booking)
  const scale = days.to.getTime() - days.from.getTime() > 2 * day_ms ? 'date' : 'time'
  return (
    <li>
      <div class="grow">
        <b>{nameOf(booking.booked_for)}</b> <span class="soft">{booking.description}</span>
        <br />
        <span class="soft">{describeSpan(booking)}</span>
      </div>
      <Outcome planned={planned} isForGood={isForGood} />
      {fate === 'by_rules' && <ByRules {...{ planned, resource, reload }} />}
      <div class="lanes" aria-hidden="true">
        <span class="what">{resource.name}</span>
        <span class="lane">
          <Bar {...{ booking, days }} look={fate === 'moves' ? 'left' : lookOf(isForGood)} />
        </span>
        {fate === 'moves' && (
          <>
            <span class="what">{to}</span>
            <span class="lane">
              <Bar {...{ booking, days }} look="arrives" />
            </span>
          </>
        )}
        <span class="scale">
          <span>{formatTime(days.from, scale)}</span>
          <span>{formatTime(days.to, scale)}</span>
        </span>
      </div>
    </li>
  )
}

const lookOf = (isForGood: boolean) => (isForGood ? 'gone' : 'stays')

function Outcome({ planned: { fate, to }, isForGood }: Pick<RowProps, 'planned' | 'isForGood'>) {
  if (fate === 'moves') {
    return (
      <span class="badge good">
        <Icon name="next" />
        {t('withdrawal.to_other', { name: to ?? '' })}
      </span>
    )
  }
  return (
    <>
      <span class={`badge ${isForGood ? 'bad' : 'warn'}`}>
        <Icon name={isForGood ? 'close' : 'pause'} />
        {t(isForGood ? 'withdrawal.is_cancelled' : 'withdrawal.stays')}
      </span>
      <span class="soft">{t(`withdrawal.${fate}`)}</span>
    </>
  )
}

const acts = ['move', 'cancel', 'open'] as const

/** What its manager can do about a booking by rules. */
function ByRules({ planned: { booking }, resource, reload }: Omit<RowProps, 'isForGood'>) {
  const cancelled = useSignal<Booking | undefined>(undefined)
  const act = async (what: (typeof acts)[number]) => {
    const found = await requireShown(booking)
    if (what === 'open') return navigate(`/bookings/${found.id}`)
    if (what === 'cancel') cancelled.value = found
    else {
      const name = await moveToPeer(found, booking, resource)
      notify(t('withdrawal.moved_to', { name }))
      await reload()
    }
  }
  return (
    <>
      {acts.map((what) => (
        <button
          key={what}
          type="button"
          class="small"
          onClick={() => void act(what).catch(notifyError)}
        >
          {t(`withdrawal.${what}`)}
          <span class="visually-hidden">
            {nameOf(booking.booked_for)}, {describeSpan(booking)}
          </span>
        </button>
      ))}
      {cancelled.value && (
        <CancelDialog
          booking={cancelled.value}
          close={() => (cancelled.value = undefined)}
          done={reload}
        />
      )}
    </>
  )
}

interface BarProps {
  booking: Allocation
  days: TimeSpan
  look: string
}

function Bar({ booking, days, look }: BarProps) {
  const { from, to } = clip(booking, days)
  const length = days.to.getTime() - days.from.getTime()
  const share = (ms: number) => `${(ms / length) * 100}%`
  const left = share(from.getTime() - days.from.getTime())
  return <i class={look} style={{ left, width: share(to.getTime() - from.getTime()) }} />
}

// Of a booking without an end.
const endless_days = 7

/** The days of a booking: in a plan of months it would be too narrow to be seen. */
function daysOf({ from_datetime, to_datetime }: Allocation): TimeSpan {
  const from = startOfDay(new Date(from_datetime ?? Date.now()))
  const last = to_datetime ? new Date(Date.parse(to_datetime) - 1) : addDays(from, endless_days)
  return { from, to: addDays(startOfDay(last), 1) }
}
