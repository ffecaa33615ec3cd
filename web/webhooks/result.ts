import type { WebhookDelivery } from '../../shared/schemas/webhook.ts'
import { t, type MessageKey } from '../i18n.ts'

const faults = new Set([
  'name_not_found',
  'address_not_allowed',
  'http_not_allowed',
  'timeout',
  'connection_refused',
  'connection_closed',
  'certificate_invalid',
  'connection_failed',
  'no_longer_kept',
])

/** The result of the last attempt, in words; empty before the first. */
export function describeResult({ status, fault, response, duration_ms }: WebhookDelivery): string {
  if (fault !== null && faults.has(fault)) return t(`webhook_fault.${fault}` as MessageKey)
  if (status === null) return ''
  const said = response ? `: ${response}` : ''
  return `${t('webhooks.result', { status, milliseconds: duration_ms ?? 0 })}${said}`
}
