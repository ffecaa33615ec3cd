import { useSignal } from '@preact/signals'
import type { Webhook, WebhookDelivery } from '../../shared/schemas/webhook.ts'
import { api, ask } from '../api.ts'
import { plural, t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { Deliveries } from './deliveries.tsx'
import { describeResult } from './result.ts'
import { Secrets } from './secrets.tsx'
import { WebhookDialog } from './webhook-dialog.tsx'
import { StateBadge, titleOf } from './webhook-state.tsx'

/** One webhook: its state, secrets, and deliveries. */
export function WebhookPage({ id }: { id: string }) {
  const query = useQuery(id, () => ask(api.notifications.webhooks({ id }).get()))
  const looks = useSignal(0)
  const reload = () => {
    looks.value++
    void query.reload()
  }
  return (
    <Loaded query={query}>
      {(webhook) => (
        <>
          <header class="page-head">
            <h1>{titleOf(webhook)}</h1>
            <Actions webhook={webhook} reload={reload} />
          </header>
          <About webhook={webhook} />
          <Secrets webhook={webhook} reload={reload} />
          <Deliveries id={id} look={looks.value} reload={reload} />
        </>
      )}
    </Loaded>
  )
}

function About({ webhook }: { webhook: Webhook }) {
  const { url, events, reason, failing_since, pending, created, created_by } = webhook
  return (
    <>
      {reason && (
        <p class="notice failure" role="status">
          {t(`webhook_reason.${reason}`)}
        </p>
      )}
      <p>
        <StateBadge webhook={webhook} />
        {failing_since && (
          <>
            {' '}
            {t('webhooks.failing_since')} <Time at={failing_since} />
          </>
        )}
        {pending > 0 && ` · ${plural('webhooks.pending', pending)}`}
        <br />
        <code>{url}</code>
        <br />
        {t('webhooks.events')}: {events.join(', ')}
        <br />
        <span class="soft">
          {t('webhooks.created')} <Time at={created} />
          {created_by && `, ${nameOf(created_by)}`}
        </span>
      </p>
    </>
  )
}

interface Part {
  webhook: Webhook
  reload: () => void
}

type Opened = 'edit' | 'remove' | undefined

function Actions({ webhook, reload }: Part) {
  const { id, state } = webhook
  const isOpen = useSignal<Opened>(undefined)
  const isTesting = useSignal(false)
  const close = () => (isOpen.value = undefined)
  const one = api.notifications.webhooks({ id })
  const test = async () => {
    isTesting.value = true
    await ask(one.test.post()).then(notifyResult, notifyError)
    isTesting.value = false
    reload()
  }
  const next = state === 'enabled' ? 'paused' : 'enabled'
  const turn = () =>
    ask(one.patch({ state: next }))
      .catch(notifyError)
      .then(reload)
  const remove = () =>
    ask(one.delete()).then(() => navigate('/system/webhooks', { replace: true }), notifyError)
  return (
    <div class="cluster">
      <a class="button" href="/system/webhooks">
        {t('webhooks.all')}
      </a>
      <button type="button" aria-busy={isTesting.value} onClick={() => void test()}>
        {t('webhooks.test')}
      </button>
      <button type="button" onClick={() => void turn()}>
        {t(next === 'paused' ? 'webhooks.pause' : 'webhooks.enable')}
      </button>
      <button type="button" onClick={() => (isOpen.value = 'edit')}>
        {t('action.edit')}
      </button>
      <button type="button" class="danger" onClick={() => (isOpen.value = 'remove')}>
        {t('action.remove')}
      </button>
      {isOpen.value === 'edit' && (
        <WebhookDialog
          webhook={webhook}
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
          title={t('webhooks.remove_title', { name: titleOf(webhook) })}
          text={t('webhooks.remove_text')}
          label={t('action.remove')}
          confirm={() => void remove()}
          close={close}
        />
      )}
    </div>
  )
}

function notifyResult(delivery: WebhookDelivery): void {
  const result = describeResult(delivery)
  if (delivery.state === 'delivered') notify(t('webhooks.tested', { result }))
  else notifyError(t('webhooks.test_failed', { result }))
}
