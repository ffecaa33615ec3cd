import { useSignal } from '@preact/signals'
import type { ApiKey, CreatedApiKey } from '../../shared/schemas/api-key.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { ApiKeyDialog, NewKey } from './api-key-dialog.tsx'
import { describeScope } from './scope.ts'

/** Keys for scripts and machines: what each may, when it was used last, and a way to end it. */
export function ApiKeys() {
  const list = useQuery('api-keys', () => ask(api.users.api_keys.get({ query: {} })))
  const isMaking = useSignal(false)
  const made = useSignal<CreatedApiKey | undefined>(undefined)
  return (
    <>
      <p class="soft">{t('keys.about')}</p>
      <Loaded query={list}>
        {(keys) =>
          keys.length > 0 && (
            <ul class="rows">
              {keys.map((key) => (
                <Row key={key.id} apiKey={key} reload={() => void list.reload()} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <p>
        <button type="button" onClick={() => (isMaking.value = true)}>
          {t('keys.new')}
        </button>
      </p>
      {isMaking.value && (
        <ApiKeyDialog
          close={() => (isMaking.value = false)}
          done={(key) => {
            isMaking.value = false
            made.value = key
            void list.reload()
          }}
        />
      )}
      {made.value && <NewKey apiKey={made.value} close={() => (made.value = undefined)} />}
    </>
  )
}

function Row({ apiKey, reload }: { apiKey: ApiKey; reload: () => void }) {
  const { id, name, scopes, expires, last_used } = apiKey
  const isRevoking = useSignal(false)
  const isOver = Date.parse(expires) <= Date.now()
  const revoke = async () => {
    try {
      await ask(api.users.api_keys({ id }).delete())
      notify(t('keys.revoked', { name }))
    } catch (error) {
      notifyError(error)
    }
    reload()
  }
  return (
    <li>
      <div class="grow">
        <b>{name}</b> {isOver && <span class="badge">{t('keys.expired')}</span>}
        <br />
        <span class="soft">
          {scopes.map(describeScope).join('; ')}
          <br />
          {t('keys.until')} <Time at={expires} style="date" />,{' '}
          {last_used ? (
            <>
              {t('keys.last_used')} <Time at={last_used} />
            </>
          ) : (
            t('keys.never_used')
          )}
        </span>
      </div>
      <button type="button" class="small danger" onClick={() => (isRevoking.value = true)}>
        {t('keys.revoke')}
        <span class="visually-hidden">{name}</span>
      </button>
      {isRevoking.value && (
        <Confirm
          title={t('keys.revoke_title', { name })}
          text={t('keys.revoke_text')}
          label={t('keys.revoke')}
          confirm={() => void revoke()}
          close={() => (isRevoking.value = false)}
        />
      )}
    </li>
  )
}
