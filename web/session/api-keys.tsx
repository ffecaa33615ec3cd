import { useSignal } from '@preact/signals'
import type { ApiKey, CreatedApiKey } from '../../shared/schemas/api-key.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { RevocableRow } from '../ui/revocable-row.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { ApiKeyDialog, NewKey } from './api-key-dialog.tsx'
import { describeScope } from './scope.ts'

/** Keys for scripts and machines: rights, last use, and revocation. */
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
  const isOver = Date.parse(expires) <= Date.now()
  const facts = (
    <>
      {scopes.map(describeScope).join('; ')}
      <br />
      {t('keys.until')} <Time at={expires} style="date" />,{' '}
    </>
  )
  return (
    <RevocableRow
      name={name}
      badge={isOver && <span class="badge">{t('keys.expired')}</span>}
      facts={facts}
      lastUsed={last_used}
      revoke={() => ask(api.users.api_keys({ id }).delete())}
      reload={reload}
    />
  )
}
