import type { Context } from '../../../shared/context.ts'
import { createOriginReader } from '../../../shared/origin.ts'
import type { NotificationsTables } from '../tables.ts'
import { createAddressGuard } from './address-guard.ts'
import { createCourier } from './courier.ts'
import { createDeliveries } from './deliveries.ts'
import { createJournalReader } from '../journal/reader.ts'
import { createLeases } from './lease.ts'
import { createPending } from './pending.ts'
import { createWebhookSecrets } from './secrets.ts'
import { createSender } from './send.ts'
import { createSettle } from './settle.ts'
import { createWebhooks } from './webhooks.ts'

/** Notifies other systems of events. */
export function webhooksService(context: Context, tables: NotificationsTables) {
  const guard = createAddressGuard(context.config.WEBHOOK_ALLOWED_NETWORKS)
  const events = createJournalReader(context, tables)
  const leases = createLeases(context, tables)
  const secrets = createWebhookSecrets(context, tables, { leases })
  const webhooks = createWebhooks(context, tables, { events, guard, leases, secrets })
  const { settle, forgetOldest } = createSettle(context, tables, leases)
  const courier = createCourier(context, tables, {
    events,
    leases,
    pending: createPending(context, tables, { events, leases }),
    secrets,
    send: createSender(guard),
    settle,
  })
  const deliveries = createDeliveries(context, tables, {
    courier,
    events,
    forgetOldest,
    leases,
    webhooks,
  })
  context.every(1, 'send webhooks', courier.start)
  context.every(3600, 'seal webhook secrets', secrets.renewSeals)
  context.onUsersRemoved(webhooks.forget)
  context.prune(deliveries.prunable)
  return { readOrigin: createOriginReader(context), deliveries, secrets, webhooks }
}

export type WebhooksService = ReturnType<typeof webhooksService>
