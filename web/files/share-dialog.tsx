import { useSignal } from '@preact/signals'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { plural, t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Choice, Field, Form, useForm } from '../ui/form.tsx'
import { notify } from '../ui/toast.tsx'
import { createLink } from './store.ts'

const day_s = 24 * 60 * 60
const choices_days = [1, 7, 30]

/** A link for somebody without an account. */
export function ShareDialog({ file, close }: { file: FileRecord; close: () => void }) {
  const days = useSignal('7')
  const link = useSignal('')
  const form = useForm(async () => {
    link.value = await createLink(file, Number(days.value) * day_s)
    // Needs https or localhost; otherwise the text is selected for copying by hand.
    await navigator.clipboard?.writeText(link.value).then(
      () => notify(t('files.copied')),
      () => {},
    )
  })
  return (
    <Dialog title={t('files.share')} close={close}>
      <p class="soft">{t('files.share_text')}</p>
      <Form form={form} label={t('files.make_link')} cancel={close}>
        <Choice
          label={t('files.valid_for')}
          value={days.value}
          change={(value) => (days.value = value)}
          options={choices_days.map((count) => ({
            value: String(count),
            label: plural('files.days', count),
          }))}
        />
        {link.value && <Field label={t('files.link')} value={link.value} change={() => {}} />}
      </Form>
    </Dialog>
  )
}
