import { t } from '../i18n.ts'
import { Field } from '../ui/form.tsx'
import { notify, notifyError } from '../ui/toast.tsx'

interface LinkBoxProps {
  link: string
  text: string
  close: () => void
}

/** A link that is shown once, to be passed on. */
export function LinkBox({ link, text, close }: LinkBoxProps) {
  const copy = () =>
    void navigator.clipboard.writeText(link).then(() => notify(t('invite.copied')), notifyError)
  return (
    <div class="form">
      <p>{text}</p>
      <Field label={t('invite.link')} value={link} change={() => {}} />
      <footer class="actions">
        <button type="button" onClick={close}>
          {t('action.close')}
        </button>
        <button type="button" class="primary" onClick={copy}>
          {t('invite.copy')}
        </button>
      </footer>
    </div>
  )
}
