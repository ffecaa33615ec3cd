import { useSignal } from '@preact/signals'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { fromInputTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { notify } from '../ui/toast.tsx'

interface ReplayDialogProps {
  id: string
  close: () => void
  done: () => void
}

/** Replays events since a time. */
export function ReplayDialog({ id, close, done }: ReplayDialogProps) {
  const since = useSignal('')
  const form = useForm(async () => {
    const body = { since: fromInputTime(since.value)?.toISOString() ?? '' }
    await ask(api.notifications.webhooks({ id }).replay.post(body))
    notify(t('webhooks.replayed_since'))
    done()
  })
  return (
    <Dialog title={t('webhooks.replay_since')} close={close}>
      <Form form={form} label={t('webhooks.replay')} cancel={close}>
        <p>{t('webhooks.replay_text')}</p>
        <TimeField
          label={t('webhooks.since')}
          value={since.value}
          change={(value) => (since.value = value)}
          required
          autofocus
        />
      </Form>
    </Dialog>
  )
}
