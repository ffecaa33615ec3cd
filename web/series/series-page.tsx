import { useSignal } from '@preact/signals'
import type { BookingSeries, Occurrence } from '../../shared/schemas/booking-series.ts'
import { StateBadge } from '../bookings/booking-state.tsx'
import { listResourcesById } from '../bookings/inventory.ts'
import { t, withTexts } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { user } from '../session/session.ts'
import { formatRange } from '../time.ts'
import { Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { CancelSeriesDialog, RejectSeriesDialog } from './cancel-dialog.tsx'
import { ChangeSeriesDialog } from './change-dialog.tsx'
import { decideSeries, readSeries } from './series.ts'
import { bookingTexts } from '../bookings/texts.ts'
import { seriesTexts } from './texts.ts'

/** A series day by day, with actions on one, on following ones, or all. */
function SeriesPage({ id }: { id: string }) {
  const found = useQuery(id, async () => {
    const series = await readSeries(id)
    const ids = series.occurrences.flatMap(({ resources }) => resources)
    const resources = await listResourcesById(ids)
    return { series, names: new Map(resources.map((it) => [it.id, it.name])) }
  })
  return (
    <Loaded query={found}>
      {({ series, names }) => (
        <>
          <header class="page-head">
            <div>
              <h2>{series.title}</h2>
              <p class="soft">
                {nameOf(series.booked_for)} · {t('series.zone', { zone: series.time_zone })}
              </p>
            </div>
            <Decisions series={series} changed={found.reload} />
          </header>
          <ul class="rows" aria-label={t('series.days')}>
            {series.occurrences.map((day) => (
              <Day
                key={day.date}
                {...{ series, day }}
                what={day.resources.map((it) => names.get(it) ?? '').join(', ')}
                changed={found.reload}
              />
            ))}
          </ul>
        </>
      )}
    </Loaded>
  )
}

interface DecisionsProps {
  series: BookingSeries
  changed: () => Promise<void>
}

/** Decides all requests of a series at once, for managers. */
function Decisions({ series, changed }: DecisionsProps) {
  const rejecting = useSignal(false)
  const count = series.occurrences.filter(({ state }) => state === 'requested').length
  const isOwn = [series.booked_for, series.created_by].includes(user.value?.id ?? '')
  if (count === 0 || isOwn) return null
  const approve = async () => {
    try {
      const done = await decideSeries(series, { approve: true })
      notify(t('series.approved', { count: done }))
    } catch (error) {
      notifyError(error)
    }
    await changed()
  }
  return (
    <div class="cluster">
      <button type="button" class="primary" onClick={() => void approve()}>
        {t('series.approve', { count })}
      </button>
      <button type="button" onClick={() => (rejecting.value = true)}>
        {t('series.reject', { count })}
      </button>
      {rejecting.value && (
        <RejectSeriesDialog
          series={series}
          close={() => (rejecting.value = false)}
          done={changed}
        />
      )}
    </div>
  )
}

interface DayProps extends DecisionsProps {
  day: Occurrence
  what: string
}

function Day({ series, day, what, changed }: DayProps) {
  const action = useSignal<'cancel' | 'change' | undefined>(undefined)
  const close = () => (action.value = undefined)
  const { booking_id, state, from, to } = day
  const when = formatRange(from, to)
  const isOpen = state === 'requested' || (state === 'confirmed' && Date.parse(from) > Date.now())
  return (
    <li>
      <div class="grow">
        {booking_id ? <a href={`/bookings/${booking_id}`}>{when}</a> : when}
        {what && (
          <>
            <br />
            <span class="soft">{what}</span>
          </>
        )}
      </div>
      {state === 'skipped' ? (
        <span class="badge">{t('series.skipped')}</span>
      ) : (
        <StateBadge booking={{ state, to }} />
      )}
      {isOpen && (
        <div class="cluster">
          <button type="button" class="small" onClick={() => (action.value = 'change')}>
            {t('series.change')}
            <span class="visually-hidden">{when}</span>
          </button>
          <button type="button" class="small danger" onClick={() => (action.value = 'cancel')}>
            {t('series.cancel')}
            <span class="visually-hidden">{when}</span>
          </button>
        </div>
      )}
      {action.value === 'cancel' && (
        <CancelSeriesDialog {...{ series, day, close }} done={changed} />
      )}
      {action.value === 'change' && (
        <ChangeSeriesDialog {...{ series, day, close }} done={changed} />
      )}
    </li>
  )
}

export const load = () => withTexts(SeriesPage, bookingTexts, seriesTexts)
