import { useSignal } from '@preact/signals'
import type { IdentityProvider } from '../../shared/schemas/identity-provider.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { ProviderDialog } from './provider-dialog.tsx'

/** The providers by which members sign in. */
export function ProvidersPage() {
  const list = useQuery('providers', () => ask(api.users.identity_providers.get()))
  const isAdding = useSignal(false)
  const reload = () => void list.reload()
  return (
    <>
      <div class="page-head">
        <p class="soft">{t('oidc.about')}</p>
        <button type="button" class="primary" onClick={() => (isAdding.value = true)}>
          <Icon name="plus" />
          {t('oidc.add')}
        </button>
      </div>
      <Loaded query={list}>
        {(providers) =>
          providers.length === 0 ? (
            <Empty icon="people" title={t('oidc.none')} />
          ) : (
            <ul class="rows">
              {providers.map((provider) => (
                <Row key={provider.id} provider={provider} reload={reload} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isAdding.value && (
        <ProviderDialog
          close={() => (isAdding.value = false)}
          done={() => {
            isAdding.value = false
            reload()
          }}
        />
      )}
    </>
  )
}

function Row({ provider, reload }: { provider: IdentityProvider; reload: () => void }) {
  const { id, name, issuer, redirect_uri, log_out_uri, creates_accounts } = provider
  const isOpen = useSignal<'change' | 'remove' | undefined>(undefined)
  const close = () => (isOpen.value = undefined)
  const remove = async () => {
    try {
      await ask(api.users.identity_providers({ id }).delete())
      notify(t('oidc.removed', { name }))
    } catch (error) {
      notifyError(error)
    }
    reload()
  }
  return (
    <li>
      <div class="grow">
        <b>{name}</b>{' '}
        {creates_accounts && <span class="badge">{t('oidc.creates_accounts_short')}</span>}
        <br />
        <span class="soft">{issuer}</span>
        <br />
        <span class="soft">
          {t('oidc.redirect_uri')}: <code>{redirect_uri}</code>
          <br />
          {t('oidc.log_out_uri')}: <code>{log_out_uri}</code>
        </span>
      </div>
      <div class="cluster">
        <button type="button" class="small" onClick={() => (isOpen.value = 'change')}>
          {t('action.edit')}
          <span class="visually-hidden">{name}</span>
        </button>
        <button type="button" class="small danger" onClick={() => (isOpen.value = 'remove')}>
          {t('action.remove')}
          <span class="visually-hidden">{name}</span>
        </button>
      </div>
      {isOpen.value === 'change' && (
        <ProviderDialog
          provider={provider}
          close={close}
          stale={reload}
          done={() => {
            close()
            reload()
          }}
        />
      )}
      {isOpen.value === 'remove' && (
        <Confirm
          title={t('oidc.remove_title', { name })}
          text={t('oidc.remove_text')}
          label={t('action.remove')}
          confirm={() => void remove()}
          close={close}
        />
      )}
    </li>
  )
}
