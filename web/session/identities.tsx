import { useSignal } from '@preact/signals'
import type { Identity, SignInProviderList } from '../../shared/schemas/identity-provider.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify } from '../ui/toast.tsx'
import { readIdentities } from './own-identities.ts'
import { PasswordDialog } from './password-dialog.tsx'
import { leaveFor } from './pending-sign-in.ts'
import { readProviders } from './sign-in-providers.tsx'

interface Both {
  providers: SignInProviderList
  own: Identity[]
}

/** The action that needs a password. */
interface Wanted {
  title: string
  run: (current_password: string) => Promise<void>
}

async function readBoth(): Promise<Both> {
  const [providers, own] = await Promise.all([readProviders(), readIdentities()])
  return { providers, own }
}

/** The user's providers, with connect and disconnect; nothing without providers. */
export function Identities() {
  const both = useQuery('identities', readBoth)
  const wanted = useSignal<Wanted | undefined>(undefined)
  if (both.data.value?.providers.length === 0) return null
  const connect = ({ id, name }: SignInProviderList[number]) =>
    (wanted.value = {
      title: t('oidc.connect', { name }),
      run: async (current_password) => {
        const begun = await ask(api.users.identities.post({ provider_id: id, current_password }))
        leaveFor(begun, { provider: id, purpose: 'connect', to: '/account' })
      },
    })
  const disconnect = ({ id, provider_name: name }: Identity) =>
    (wanted.value = {
      title: t('oidc.disconnect', { name }),
      run: async (current_password) => {
        await ask(api.users.identities({ id }).delete({ current_password }))
        notify(t('oidc.disconnected', { name }))
        wanted.value = undefined
        void both.reload()
      },
    })
  return (
    <section class="card">
      <h2>{t('oidc.own_title')}</h2>
      <Loaded query={both}>
        {({ providers, own }) => (
          <ul class="rows">
            {providers.map((provider) => {
              const identity = own.find(({ provider_id }) => provider_id === provider.id)
              return (
                <li key={provider.id}>
                  <div class="grow">
                    <b>{provider.name}</b>
                    <br />
                    <span class="soft">
                      {identity ? (
                        <>
                          {t('oidc.last_used')} <Time at={identity.last_used} />
                        </>
                      ) : (
                        t('oidc.not_connected')
                      )}
                    </span>
                  </div>
                  {identity ? (
                    <button type="button" class="small danger" onClick={() => disconnect(identity)}>
                      {t('oidc.disconnect', { name: provider.name })}
                    </button>
                  ) : (
                    <button type="button" class="small" onClick={() => connect(provider)}>
                      {t('oidc.connect', { name: provider.name })}
                    </button>
                  )}
                </li>
              )
            })}
          </ul>
        )}
      </Loaded>
      {wanted.value && (
        <PasswordDialog {...wanted.value} close={() => (wanted.value = undefined)} />
      )}
    </section>
  )
}
