import { useSignal } from '@preact/signals'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { notifyError } from '../ui/toast.tsx'
import { LinkBox } from './link-box.tsx'

/** For a forgotten password: a link that an administrator hands over. */
export function PasswordLinkButton({ id, name }: { id: string; name: string }) {
  const link = useSignal('')
  const make = () =>
    void ask(api.users.users({ id }).password_link.post()).then(
      (made) => (link.value = made.link),
      notifyError,
    )
  const close = () => (link.value = '')
  return (
    <>
      <button type="button" class="small" onClick={make}>
        {t('people.password_link')}
        <span class="visually-hidden">{name}</span>
      </button>
      {link.value && (
        <Dialog title={t('people.password_link')} close={close}>
          <LinkBox
            link={link.value}
            text={t('people.password_link_text', { name })}
            close={close}
          />
        </Dialog>
      )}
    </>
  )
}
