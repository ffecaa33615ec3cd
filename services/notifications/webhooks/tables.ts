import { isNotNull, sql } from 'drizzle-orm'
import type { Columns } from '@campus/store/columns.ts'

/** Where events are sent, and what came of it. */
export const webhookTables = (c: Columns) => ({
  webhooks: webhooksTable(c),
  webhook_secrets: secretsTable(c),
  webhook_deliveries: deliveriesTable(c),
})

const webhooksTable = (c: Columns) =>
  c.table('webhooks', {
    id: c.id('id').primaryKey(),
    url: c.text('url').notNull(),
    description: c.text('description').notNull(),
    /** Which types of events, separated by spaces; see `wants`. */
    events: c.text('events').notNull(),
    /** `enabled`, `paused` by somebody, or `disabled` by us. */
    state: c.text('state').notNull(),
    /** Of a disabled one: `failing` or `gone`. */
    reason: c.text('reason'),
    /** Null: their account was removed. */
    created_by: c.text('created_by'),
    created: c.instant('created').notNull(),
    version: c.integer('version').notNull(),
    /** Up to where the journal was read: a place in commit order. */
    read_transaction: c.bytes('read_transaction').notNull(),
    read_position: c.integer('read_position').notNull(),
    /** Tries that failed since the last one that did not, and when that began. */
    failures: c.integer('failures').notNull(),
    failing_since: c.instant('failing_since'),
    /** Nothing is sent before. */
    next_try: c.instant('next_try').notNull(),
    /** Who sends for it, and until when, by the clock of the database. */
    lease: c.id('lease'),
    leased_until: c.instant('leased_until'),
  })

/** The newest signs as well as those before it, until they are removed. */
const secretsTable = (c: Columns) =>
  c.table(
    'webhook_secrets',
    {
      id: c.id('id').primaryKey(),
      /** Goes with it: ON DELETE CASCADE. */
      webhook_id: c.id('webhook_id').notNull(),
      sealed_secret: c.text('sealed_secret').notNull(),
      created: c.instant('created').notNull(),
    },
    (t) => [c.index('webhook_secrets_of_webhook').on(t.webhook_id)],
  )

const deliveriesTable = (c: Columns) =>
  c.table(
    'webhook_deliveries',
    {
      id: c.id('id').primaryKey(),
      /** Goes with it: ON DELETE CASCADE. */
      webhook_id: c.id('webhook_id').notNull(),
      /** Of its event in the journal; null: a test. */
      position: c.integer('position'),
      /** The `webhook-id` that receivers see. */
      message: c.text('message').notNull(),
      type: c.text('type').notNull(),
      subject: c.text('subject').notNull(),
      happened: c.instant('happened').notNull(),
      attempts: c.integer('attempts').notNull(),
      first_try: c.instant('first_try'),
      last_try: c.instant('last_try'),
      /** While it is to be sent. */
      next_try: c.instant('next_try'),
      /** When it was taken, or given up. */
      settled: c.instant('settled'),
      /** Of the last try. */
      status: c.integer('status'),
      fault: c.text('fault'),
      duration: c.integer('duration'),
      response: c.text('response'),
    },
    (t) => [
      c.unique('once_for_each_webhook').on(t.webhook_id, t.position),
      c.index('deliveries_of_webhook').on(t.webhook_id, t.id),
      c.index('deliveries_to_send').on(t.webhook_id, t.next_try).where(isNotNull(t.next_try)),
      c
        .index('deliveries_by_age')
        .on(t.settled)
        .where(sql`${t.settled} IS NOT NULL`),
    ],
  )

export type WebhookTables = ReturnType<typeof webhookTables>
export type WebhookRow = WebhookTables['webhooks']['$inferSelect']
export type DeliveryRow = WebhookTables['webhook_deliveries']['$inferSelect']
