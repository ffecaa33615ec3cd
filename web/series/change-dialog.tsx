import { useSignal } from '@preact/signals'
import type {
  BookingSeries,
  BookingSeriesChange,
  Occurrence,
} from '../../shared/schemas/booking-series.ts'
import { minute_ms } from '../../shared/duration.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { listResourcesById } from '../bookings/inventory.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Choice, Field, Form } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { Outlook } from './outlook.tsx'
import { ScopeChoice, toScope, type Scope } from './scope.tsx'
import { changeSeries, describeDays, readSeriesTagged, type OutlookDay } from './series.ts'

interface ChangeSeriesDialogProps {
  series: BookingSeries
  day: Occurrence
  close: () => void
  done: () => Promise<void>
}

/** Another time or title for a day, or more of them: a preview first, then the change. */
export function ChangeSeriesDialog({ series, day, close, done }: ChangeSeriesDialogProps) {
  // Neither is of the series.
  const scope = useSignal<Scope>('this')
  const on_conflict = useSignal<'fail' | 'skip'>('fail')
  const previewed = useSignal<{ of: string; days: OutlookDay[] } | undefined>(undefined)
  const keyOf = (typed: Fields) => JSON.stringify([typed, scope.value, on_conflict.value])
  const names = useQuery(day.date, async () => {
    const resources = await listResourcesById(series.occurrences.flatMap((it) => it.resources))
    return new Map(resources.map(({ id, name }) => [id, name]))
  })
  const toFields = (shown = series): Fields => {
    const { from, to } = shown.occurrences.find(({ date }) => date === day.date) ?? day
    const bounds = { from: clockOf(from, shown), to: clockOf(to, shown) }
    return { ...bounds, title: shown.title, days: describeDays(shown) }
  }
  const { form, fields, set } = useEdit<BookingSeries, Fields>({
    of: series,
    read: readSeriesTagged,
    toFields,
    written: (typed) => ({ ...typed, days: '' }),
    words: (shown) => [
      [t('series.from'), shown.from],
      [t('series.to'), shown.to],
      [t('booking.description'), shown.title],
      [t('series.days'), shown.days],
    ],
    send: async (typed, tagged, now) => {
      const body = {
        ...toScope(scope.value, day.date),
        ...changesOf(typed, toFields(now)),
        on_conflict: on_conflict.value,
      }
      const key = keyOf(typed)
      if (previewed.value?.of !== key) {
        const days = await changeSeries(series, { ...body, dry_run: true }, tagged)
        previewed.value = { of: key, days }
        return
      }
      await changeSeries(series, body, tagged)
      notify(t('series.changed'))
      close()
      await done()
    },
    // The days that were previewed are of the former version.
    stale: () => (previewed.value = undefined),
  })
  const { from, to, title } = fields.value
  // A preview is of what was chosen then.
  const preview = previewed.value?.of === keyOf(fields.value) ? previewed.value : undefined
  return (
    <Dialog title={t('booking.change')} close={close}>
      <Form form={form} label={t(preview ? 'action.save' : 'series.preview')} cancel={close}>
        <ScopeChoice value={scope.value} change={(value) => (scope.value = value)} />
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
          value={on_conflict.value}
          change={(value) => (on_conflict.value = value === 'skip' ? value : 'fail')}
          options={[
            { value: 'fail', label: t('series.keep_change') },
            { value: 'skip', label: t('series.skip_change') },
          ]}
        />
        {preview && <Outlook days={preview.days} names={names.data.value ?? new Map()} />}
      </Form>
    </Dialog>
  )
}

interface Fields {
  from: string
  to: string
  title: string
  /** All of them, in words. */
  days: string
}

function changesOf(typed: Fields, was: Fields): BookingSeriesChange {
  const { from, to, title } = typed
  return {
    ...(title !== was.title && { title: title.trim() }),
    ...((from !== was.from || to !== was.to) && {
      start_time: from,
      duration: toDuration(from, to),
    }),
  } as BookingSeriesChange
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
