import { idempotencyTable } from '../../shared/idempotency.ts'
import type { Columns } from '../../shared/store/columns.ts'
import { inboxTables } from './inbox/tables.ts'
import { journalTables } from './journal/tables.ts'
import { webhookTables } from './webhooks/tables.ts'

/** What notifications keeps: what happened, and who was told. */
export const notificationsTables = (c: Columns) => ({
  ...journalTables(c),
  ...inboxTables(c),
  ...webhookTables(c),
  idempotency_keys: idempotencyTable(c),
})

export type NotificationsTables = ReturnType<typeof notificationsTables>
