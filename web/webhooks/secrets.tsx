import { useSignal } from '@preact/signals'
import type { Webhook, WebhookSecret } from '../../shared/schemas/webhook.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Time } from '../ui/time.tsx'
import { notifyError } from '../ui/toast.tsx'
import { NewSecret } from './new-secret.tsx'
import { titleOf } from './webhook-state.tsx'

/** Signing secrets: added and removed, so that a receiver can rotate. */
export function Secrets({ webhook, reload }: { webhook: Webhook; reload: () => void }) {
  const added = useSignal('')
  const removing = useSignal<WebhookSecret | undefined>(undefined)
  const chosen = removing.value
  const { secrets } = webhook
  const all = api.notifications.webhooks({ id: webhook.id }).secrets
  const add = () =>
    ask(all.post()).then(({ secret }) => {
      added.value = secret
      reload()
    }, notifyError)
  const remove = (secret_id: string) =>
    ask(all({ secret_id }).delete()).catch(notifyError).then(reload)
  return (
    <section class="stack">
      <h2>{t('webhooks.secrets')}</h2>
      <p class="soft">{t('webhooks.secrets_about')}</p>
      <ul class="rows">
        {secrets.map((secret) => (
          <li key={secret.id}>
            <div class="grow">
              whsec_…{' '}
              <span class="soft">
                {t('webhooks.created')} <Time at={secret.created} />
              </span>
            </div>
            {secrets.length > 1 && (
              <button type="button" class="small danger" onClick={() => (removing.value = secret)}>
                {t('action.remove')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <p>
        <button type="button" onClick={() => void add()}>
          {t('webhooks.add_secret')}
        </button>
      </p>
      {added.value && (
        <NewSecret title={titleOf(webhook)} secret={added.value} close={() => (added.value = '')} />
      )}
      {chosen && (
        <Confirm
          title={t('webhooks.remove_secret_title')}
          text={t('webhooks.remove_secret_text')}
          label={t('action.remove')}
          confirm={() => void remove(chosen.id)}
          close={() => (removing.value = undefined)}
        />
      )}
    </section>
  )
}
