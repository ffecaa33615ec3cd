import { useSignal } from '@preact/signals'
import type { BookingSeries, Occurrence } from '../../shared/schemas/booking-series.ts'
import { t } from '../i18n.ts'
import { formatRange } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { ScopeChoice, toScope, type Scope } from './scope.tsx'
import { cancelSeries, decideSeries } from './series.ts'

interface SeriesDialogProps {
  series: BookingSeries
  close: () => void
  done: () => Promise<void>
}

/** Cancels a day, or more of them, with a reason. */
export function CancelSeriesDialog(props: SeriesDialogProps & { day: Occurrence }) {
  const { series, day, close, done } = props
  const scope = useSignal<Scope>('this')
  const reason = useSignal('')
  const form = useForm(async () => {
    const why = reason.value.trim() || t('cancel.no_longer_needed')
    await cancelSeries(series, { ...toScope(scope.value, day.date), reason: why })
    notify(t('series.cancelled'))
    close()
    await done()
  })
  return (
    <Dialog title={t('cancel.title')} close={close}>
      <Form form={form} label={t('cancel.it')} cancel={close}>
        <p>{formatRange(day.from, day.to)}</p>
        <ScopeChoice value={scope.value} change={(value) => (scope.value = value)} />
        <Field
          label={t('cancel.reason')}
          value={reason.value}
          change={(text) => (reason.value = text)}
          maxLength={500}
        />
      </Form>
    </Dialog>
  )
}

/** Rejects all requests of a series, with a reason. */
export function RejectSeriesDialog({ series, close, done }: SeriesDialogProps) {
  const reason = useSignal('')
  const form = useForm(async () => {
    const body = { approve: false, reason: reason.value.trim() }
    notify(t('series.rejected', { count: await decideSeries(series, body) }))
    close()
    await done()
  })
  return (
    <Dialog title={t('requests.reject_title')} close={close}>
      <Form form={form} label={t('requests.reject')} cancel={close}>
        <Field
          label={t('cancel.reason')}
          value={reason.value}
          change={(text) => (reason.value = text)}
          required
          maxLength={500}
          autofocus
        />
      </Form>
    </Dialog>
  )
}
