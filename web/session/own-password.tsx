import { useEffect } from 'preact/hooks'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Field } from '../ui/form.tsx'
import { notifyError } from '../ui/toast.tsx'
import { readIdentities } from './own-identities.ts'
import { readFresh, signInAgain } from './fresh-sign-in.ts'

interface OwnPasswordProps {
  value: string
  change: (value: string) => void
  autofocus?: boolean
}

/** Asks for the user's own password; users without one sign in again by their provider. */
export function OwnPassword({ value, change, autofocus = false }: OwnPasswordProps) {
  const identities = useQuery('own identities', readIdentities)
  const fresh = readFresh()
  useEffect(() => {
    if (fresh && value !== fresh.proof) change(fresh.proof)
  }, [fresh?.proof, value])
  // Valid for minutes, so it is not shown in a field.
  useEffect(() => (fresh ? () => change('') : undefined), [fresh?.proof])
  if (fresh) return <p class="notice">{t('oidc.confirmed', { name: fresh.name })}</p>
  return (
    <>
      <Field
        label={t('session.current_password')}
        type="password"
        autocomplete="current-password"
        value={value}
        change={change}
        maxLength={200}
        autofocus={autofocus}
        required
      />
      {identities.data.value?.map((identity) => (
        <p key={identity.id}>
          <button
            type="button"
            class="small"
            onClick={() => void signInAgain(identity).catch(notifyError)}
          >
            {t('oidc.again', { name: identity.provider_name })}
          </button>
        </p>
      ))}
    </>
  )
}
