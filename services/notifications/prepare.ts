import type { Context } from '../../shared/context.ts'
import { notificationsTables } from './tables.ts'
import { createLeases } from './webhooks/lease.ts'
import { createWebhookSecrets } from './webhooks/secrets.ts'

/** Seals under the secret of now, so that the one before can go as soon as this has started. */
export async function prepareNotifications(context: Context): Promise<void> {
  const tables = notificationsTables(context.store.columns)
  const leases = createLeases(context, tables)
  await createWebhookSecrets(context, tables, { leases }).renewSeals()
}
