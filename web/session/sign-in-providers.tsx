import type { SignInProviderList } from '../../shared/schemas/identity-provider.ts'
import { stranger } from '../campus.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { readQuery } from '../router.ts'
import { notifyError } from '../ui/toast.tsx'
import { beginSignIn } from './pending-sign-in.ts'

/** The available sign-in providers. @throws ProblemError */
export async function readProviders(): Promise<SignInProviderList> {
  const response = await stranger.request('GET', '/api/login/providers')
  return (await response.json()) as SignInProviderList
}

/** A button for each; nothing without any. */
export function SignInProviders() {
  const providers = useQuery('sign-in-providers', readProviders).data.value ?? []
  if (providers.length === 0) return null
  return (
    <div class="form">
      {providers.map(({ id, name }) => (
        <button
          key={id}
          type="button"
          onClick={() => void beginSignIn(id, readQuery('to')).catch(notifyError)}
        >
          {t('oidc.sign_in_with', { name })}
        </button>
      ))}
    </div>
  )
}
