import { useSignal } from '@preact/signals'
import type { User } from '../../shared/schemas/user.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { Confirm } from '../ui/dialog.tsx'
import { notify, notifyError } from '../ui/toast.tsx'

/** Lets in a user who lost their second factor. */
export function ResetFactor({ user: { id, username } }: { user: User }) {
  const isAsking = useSignal(false)
  const reset = () =>
    ask(api.users.users({ id }).second_factor.delete()).then(
      () => notify(t('factor.reset_done', { name: username })),
      notifyError,
    )
  return (
    <>
      <button type="button" class="small" onClick={() => (isAsking.value = true)}>
        {t('factor.title')}
        <span class="visually-hidden">{username}</span>
      </button>
      {isAsking.value && (
        <Confirm
          title={t('factor.reset_title', { name: username })}
          text={t('factor.reset_text')}
          label={t('factor.turn_off')}
          confirm={() => void reset()}
          close={() => (isAsking.value = false)}
        />
      )}
    </>
  )
}
