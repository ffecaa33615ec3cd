import { useSignal } from '@preact/signals'
import type { WebhookDelivery } from '../../shared/schemas/webhook.ts'
import { api, ask } from '../api.ts'
import { plural, t } from '../i18n.ts'
import { useList } from '../list.ts'
import { readPage } from '../paging.ts'
import { readQuery, setQuery } from '../router.ts'
import { Choice } from '../ui/form.tsx'
import { More } from '../ui/more.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { ReplayDialog } from './replay-dialog.tsx'
import { describeResult } from './result.ts'

type State = WebhookDelivery['state']

const states: readonly State[] = ['pending', 'delivered', 'failed']

interface DeliveriesProps {
  id: string
  /** Reloads when it changes. */
  look: number
  reload: () => void
}

/** Past and pending deliveries, newest first. */
export function Deliveries({ id, look, reload }: DeliveriesProps) {
  const given = readQuery('state')
  const state = states.find((each) => each === given)
  const isReplaying = useSignal(false)
  const all = api.notifications.webhooks({ id }).deliveries
  const list = useList(`${state} ${look}`, (cursor) =>
    readPage(all.get({ query: { ...(state && { state }), ...(cursor && { cursor }) } })),
  )
  const replay = (delivery_id: string) =>
    ask(all({ delivery_id }).replay.post())
      .then(() => notify(t('webhooks.replayed')), notifyError)
      .then(reload)
  return (
    <section class="stack">
      <h2>{t('webhooks.deliveries')}</h2>
      <div class="toolbar">
        <Choice
          label={t('webhooks.state')}
          value={state ?? ''}
          change={(value) => setQuery({ state: value }, { replace: true })}
          options={[
            { value: '', label: t('webhooks.all_states') },
            ...states.map((each) => ({ value: each, label: t(`delivery_state.${each}`) })),
          ]}
        />
        <button type="button" onClick={reload}>
          {t('webhooks.look')}
        </button>
        <button type="button" onClick={() => (isReplaying.value = true)}>
          {t('webhooks.replay_since')}
        </button>
      </div>
      <Loaded query={list.first}>
        {() =>
          list.items.value.length === 0 ? (
            <p class="soft">{t('webhooks.no_deliveries')}</p>
          ) : (
            <ul class="rows">
              {list.items.value.map((delivery) => (
                <Row key={delivery.id} delivery={delivery} replay={replay} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <div>
        <More load={list.more} />
      </div>
      {isReplaying.value && (
        <ReplayDialog
          id={id}
          close={() => (isReplaying.value = false)}
          done={() => {
            isReplaying.value = false
            reload()
          }}
        />
      )}
    </section>
  )
}

const badges: Record<State, string> = { pending: '', delivered: 'good', failed: 'bad' }

interface RowProps {
  delivery: WebhookDelivery
  replay: (id: string) => Promise<void>
}

function Row({ delivery, replay }: RowProps) {
  const { id, type, subject, happened, state, attempts, next_try } = delivery
  return (
    <li>
      <div class="grow">
        <b>{type}</b> <span class={`badge ${badges[state]}`}>{t(`delivery_state.${state}`)}</span>
        <br />
        <span class="soft">
          <Time at={happened} /> · <code>{subject}</code>
          <br />
          {describeResult(delivery)}
          {attempts > 1 && ` · ${plural('webhooks.attempts', attempts)}`}
          {next_try && attempts > 0 && (
            <>
              {' '}
              · {t('webhooks.next_try')} <Time at={next_try} />
            </>
          )}
        </span>
      </div>
      {state !== 'pending' && (
        <button type="button" class="small" onClick={() => void replay(id)}>
          {t('webhooks.replay')}
          <span class="visually-hidden">{type}</span>
        </button>
      )}
    </li>
  )
}
