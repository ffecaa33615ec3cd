import { useSignal } from '@preact/signals'
import type {
  BookingSeries,
  BookingSeriesChange,
  Occurrence,
} from '../../shared/schemas/booking-series.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { listResourcesById } from '../bookings/inventory.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Choice, Field, Form, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { Outlook } from './outlook.tsx'
import { ScopeChoice, toScope, type Scope } from './scope.tsx'
import { changeSeries, type OutlookDay } from './series.ts'

interface ChangeSeriesDialogProps {
  series: BookingSeries
  day: Occurrence
  close: () => void
  done: () => Promise<void>
}

const minute_ms = 60_000

/** Another time or title for a day, or more of them: a preview first, then the change. */
export function ChangeSeriesDialog({ series, day, close, done }: ChangeSeriesDialogProps) {
  const was = { from: clockOf(day.from, series), to: clockOf(day.to, series), title: series.title }
  const fields = useSignal({ ...was, scope: 'this' as Scope, on_conflict: 'fail' })
  const days = useSignal<OutlookDay[] | undefined>(undefined)
  const names = useQuery(day.date, async () => {
    const resources = await listResourcesById(series.occurrences.flatMap((it) => it.resources))
    return new Map(resources.map(({ id, name }) => [id, name]))
  })
  const set = (changes: Partial<typeof fields.value>) => {
    fields.value = { ...fields.value, ...changes }
    days.value = undefined
  }
  const body = (): BookingSeriesChange => {
    const { scope, from, to, title, on_conflict } = fields.value
    return {
      ...toScope(scope, day.date),
      ...(title !== was.title && { title: title.trim() }),
      ...((from !== was.from || to !== was.to) && {
        start_time: from,
        duration: toDuration(from, to),
      }),
      on_conflict: on_conflict as 'fail' | 'skip',
    }
  }
  const form = useForm(async () => {
    if (!days.value) {
      days.value = await changeSeries(series, { ...body(), dry_run: true })
      return
    }
    await changeSeries(series, body())
    notify(t('series.changed'))
    close()
    await done()
  })
  const { from, to, title, scope, on_conflict } = fields.value
  const isPreviewed = days.value !== undefined
  return (
    <Dialog title={t('booking.change')} close={close}>
      <Form form={form} label={t(isPreviewed ? 'action.save' : 'series.preview')} cancel={close}>
        <ScopeChoice value={scope} change={(value) => set({ scope: value })} />
        <div class="pair">
          <Field
            label={t('series.from')}
            type="time"
            value={from}
            change={(value) => set({ from: value })}
            required
          />
          <Field
            label={t('series.to')}
            type="time"
            value={to}
            change={(value) => set({ to: value })}
            hint={t('series.zone', { zone: series.time_zone })}
            required
          />
        </div>
        <Field
          label={t('booking.description')}
          value={title}
          change={(value) => set({ title: value })}
          required
          maxLength={100}
        />
        <Choice
          label={t('series.conflict')}
          value={on_conflict}
          change={(value) => set({ on_conflict: value })}
          options={[
            { value: 'fail', label: t('series.keep_change') },
            { value: 'skip', label: t('series.skip_change') },
          ]}
        />
        {days.value && <Outlook days={days.value} names={names.data.value ?? new Map()} />}
      </Form>
    </Dialog>
  )
}

/** `09:00`, in the zone of the series. */
function clockOf(at: string, { time_zone }: BookingSeries): string {
  const options = { hour: '2-digit', minute: '2-digit', timeZone: time_zone } as const
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(at))
}

/** From one time of day to its next occurrence. */
function toDuration(from: string, to: string): string {
  const [start, end] = [from, to].map((text) => Date.parse(`1970-01-01T${text}Z`) / minute_ms)
  const minutes = (end ?? 0) - (start ?? 0)
  return `PT${minutes > 0 ? minutes : minutes + 24 * 60}M`
}
