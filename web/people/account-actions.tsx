import { useSignal } from '@preact/signals'
import type { User } from '../../shared/schemas/user.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { navigate } from '../router.ts'
import { Confirm } from '../ui/dialog.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { setDisabled } from './leaving.ts'

/** Logs a user out, disables or enables their account, or removes it. */
export function AccountActions({ user, changed }: { user: User; changed: () => void }) {
  const { id, display_name: name, disabled } = user
  const asking = useSignal<'disable' | 'remove' | undefined>(undefined)
  const close = () => (asking.value = undefined)
  const set = (wanted: boolean) =>
    setDisabled(id, wanted)
      .then(() => notify(t(wanted ? 'people.is_disabled' : 'people.is_enabled', { name })))
      .catch(notifyError)
      .finally(changed)
  const logOut = () =>
    ask(api.users.users({ id }).logins.delete()).then(
      () => notify(t('session.login_ended')),
      notifyError,
    )
  const remove = async () => {
    try {
      await ask(api.users.users({ id }).delete())
      notify(t('people.removed', { name }))
      navigate('/people', { replace: true })
    } catch (error) {
      notifyError(error)
    }
  }
  return (
    <div class="cluster">
      <button type="button" onClick={() => void logOut()}>
        {t('session.end_all')}
      </button>
      {disabled ? (
        <button type="button" onClick={() => void set(false)}>
          {t('people.enable')}
        </button>
      ) : (
        <button type="button" onClick={() => (asking.value = 'disable')}>
          {t('people.disable')}
        </button>
      )}
      <button type="button" class="danger" onClick={() => (asking.value = 'remove')}>
        {t('action.remove')}
      </button>
      {asking.value === 'disable' && (
        <Confirm
          title={t('people.disable_title', { name })}
          text={t('people.disable_text')}
          label={t('people.disable')}
          confirm={() => void set(true)}
          close={close}
        />
      )}
      {asking.value === 'remove' && (
        <Confirm
          title={t('people.remove_title', { name })}
          text={t('people.remove_text')}
          label={t('action.remove')}
          confirm={() => void remove()}
          close={close}
        />
      )}
    </div>
  )
}
