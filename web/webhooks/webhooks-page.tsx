import { useSignal } from '@preact/signals'
import type { CreatedWebhook, Webhook } from '../../shared/schemas/webhook.ts'
import { api, ask } from '../api.ts'
import { plural, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { NewSecret } from './new-secret.tsx'
import { StateBadge, titleOf } from './webhook-state.tsx'
import { WebhookDialog } from './webhook-dialog.tsx'

/** All webhooks: URLs and states. */
export function WebhooksPage() {
  const list = useQuery('webhooks', () => ask(api.notifications.webhooks.get()))
  const isAdding = useSignal(false)
  const added = useSignal<CreatedWebhook | undefined>(undefined)
  return (
    <>
      <header class="page-head">
        <h1>{t('webhooks.title')}</h1>
        <div class="cluster">
          <a class="button" href="/system">
            {t('page.system')}
          </a>
          <button type="button" class="primary" onClick={() => (isAdding.value = true)}>
            <Icon name="plus" />
            {t('webhooks.add')}
          </button>
        </div>
      </header>
      <p class="soft">{t('webhooks.about')}</p>
      <Loaded query={list}>
        {(webhooks) =>
          webhooks.length === 0 ? (
            <Empty icon="system" title={t('webhooks.none')} />
          ) : (
            <ul class="rows">
              {webhooks.map((webhook) => (
                <Row key={webhook.id} webhook={webhook} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isAdding.value && (
        <WebhookDialog
          close={() => (isAdding.value = false)}
          done={(webhook) => {
            isAdding.value = false
            added.value = webhook
            void list.reload()
          }}
        />
      )}
      {added.value && (
        <NewSecret
          title={titleOf(added.value)}
          secret={added.value.secret}
          close={() => navigate(`/system/webhooks/${added.value?.id}`)}
        />
      )}
    </>
  )
}

function Row({ webhook }: { webhook: Webhook }) {
  const { id, url, events, failing_since, pending } = webhook
  return (
    <li>
      <div class="grow">
        <a href={`/system/webhooks/${id}`}>
          <b>{titleOf(webhook)}</b>
        </a>{' '}
        <StateBadge webhook={webhook} />
        <br />
        <span class="soft">
          {url}
          <br />
          {events.join(', ')}
          {pending > 0 && ` · ${plural('webhooks.pending', pending)}`}
          {failing_since && (
            <>
              {' '}
              · {t('webhooks.failing_since')} <Time at={failing_since} />
            </>
          )}
        </span>
      </div>
    </li>
  )
}
