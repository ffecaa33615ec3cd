import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/form.tsx'
import { notify, notifyError } from '../ui/toast.tsx'

interface NewSecretProps {
  title: string
  secret: string
  close: () => void
}

/** The only time a secret is shown. */
export function NewSecret({ title, secret, close }: NewSecretProps) {
  const copy = () =>
    navigator.clipboard.writeText(secret).then(() => notify(t('webhooks.copied')), notifyError)
  return (
    <Dialog title={title} close={close}>
      <div class="form">
        <p>{t('webhooks.shown_once')}</p>
        <Field label={t('webhooks.secret')} value={secret} change={() => {}} readonly />
        <footer class="actions">
          <button type="button" onClick={close}>
            {t('action.close')}
          </button>
          <button type="button" class="primary" onClick={() => void copy()}>
            {t('webhooks.copy')}
          </button>
        </footer>
      </div>
    </Dialog>
  )
}
