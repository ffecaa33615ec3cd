import type { Context } from '../../shared/context.ts'
import { notificationsTables } from './tables.ts'
import { createLeases } from './webhooks/lease.ts'
import { createWebhookSecrets } from './webhooks/secrets.ts'

/** Seals again under the current secret, so that the former one can be removed after this start. */
export async function prepareNotifications(context: Context): Promise<void> {
  const tables = notificationsTables(context.store.columns)
  const leases = createLeases(context, tables)
  await createWebhookSecrets(context, tables, { leases }).renewSeals()
}
