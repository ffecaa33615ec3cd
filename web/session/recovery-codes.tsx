import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { newCodes } from './new-codes.ts'

export function NewRecoveryCodes() {
  const codes = newCodes.value
  if (codes.length === 0) return null
  const close = () => (newCodes.value = [])
  const copy = () =>
    navigator.clipboard
      .writeText(codes.join('\n'))
      .then(() => notify(t('factor.codes_copied')), notifyError)
  return (
    <Dialog title={t('factor.codes')} close={close}>
      <div class="form">
        <p>{t('factor.codes_text')}</p>
        <ul class="codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <footer class="actions">
          <button type="button" onClick={close}>
            {t('action.close')}
          </button>
          <button type="button" class="primary" onClick={() => void copy()}>
            {t('keys.copy')}
          </button>
        </footer>
      </div>
    </Dialog>
  )
}
