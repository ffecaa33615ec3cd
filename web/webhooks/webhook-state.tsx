import type { Webhook } from '../../shared/schemas/webhook.ts'
import { t } from '../i18n.ts'

/** Its label: the description, otherwise the URL. */
export function titleOf({ description, url }: Pick<Webhook, 'description' | 'url'>): string {
  return description || new URL(url).host
}

export function StateBadge({ webhook }: { webhook: Webhook }) {
  const { state, failing_since } = webhook
  if (state === 'enabled' && failing_since) {
    return <span class="badge bad">{t('webhooks.failing')}</span>
  }
  const kinds = { enabled: 'good', paused: '', disabled: 'bad' }
  return <span class={`badge ${kinds[state]}`}>{t(`webhook_state.${state}`)}</span>
}
