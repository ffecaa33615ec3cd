import { idempotencyTable } from '../../shared/idempotency.ts'
import type { Columns } from '@campus/store/columns.ts'
import { inboxTables } from './inbox/tables.ts'
import { journalTables } from './journal/tables.ts'
import { webhookTables } from './webhooks/tables.ts'
import { mailTables } from './mail/tables.ts'
import { preferenceTables } from './preferences/tables.ts'

/** What notifications stores: events, and who was notified. */
export const notificationsTables = (c: Columns) => ({
  ...journalTables(c),
  ...inboxTables(c),
  ...webhookTables(c),
  ...preferenceTables(c),
  ...mailTables(c),
  idempotency_keys: idempotencyTable(c),
})

export type NotificationsTables = ReturnType<typeof notificationsTables>
