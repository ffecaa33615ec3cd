import { Elysia, t } from 'elysia'
import { access, type Caller } from '../../../shared/access.ts'
import {
  sendCreatedAt,
  sendCreatedVersionAt,
  sendNothing,
  sendPage,
  sendVersioned,
} from '../../../shared/answer.ts'
import type { Incoming } from '../../../shared/origin.ts'
import { pageQuery } from '../../../shared/page.ts'
import {
  answers,
  changes,
  createsAnew,
  createsAnewVersion,
  does,
  lists,
  reads,
  readsVersion,
  removes,
} from '../../../shared/convention.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { Problem } from '../../../shared/schemas/problem.ts'
import * as schema from '../../../shared/schemas/webhook.ts'
import { readChange } from '../../../shared/version.ts'
import type { WebhooksService } from './service.ts'

const models = new Elysia({ name: 'webhook models' }).model({
  CreatedWebhook: schema.CreatedWebhook,
  CreatedWebhookSecret: schema.CreatedWebhookSecret,
  NewWebhook: schema.NewWebhook,
  Problem,
  Webhook: schema.Webhook,
  WebhookChange: schema.WebhookChange,
  WebhookDelivery: schema.WebhookDelivery,
  WebhookDeliveryList: schema.WebhookDeliveryList,
  WebhookList: schema.WebhookList,
  WebhookReplay: schema.WebhookReplay,
})
const params = t.Object({ id: Id })

/** Where events are sent: `/api/webhooks`. */
export function webhookRoutes({ readOrigin, deliveries, secrets, webhooks }: WebhooksService) {
  const ask = (c: Incoming & { caller: Caller }) => ({ caller: c.caller, origin: readOrigin(c) })
  return new Elysia({ prefix: '/api/webhooks', tags: ['notifications'], normalize: false })
    .use(access)
    .use(models)
    .get('', () => webhooks.list(), {
      ...reads('WebhookList', { listWebhooks: 'List webhooks' }),
      access: 'admin',
    })
    .post('', (c) => sendCreatedVersionAt(c, webhooks.create(c.body, ask(c)), toPath), {
      ...creating,
      access: 'admin',
      body: 'NewWebhook',
    })
    .get('/:id', (c) => sendVersioned(c, webhooks.get(c.params.id)), {
      ...readsVersion('Webhook', { getWebhook: 'Get a webhook' }),
      access: 'admin',
      params,
    })
    .patch(
      '/:id',
      (c) =>
        sendVersioned(c, webhooks.change({ ...readChange(c), id: c.params.id, asker: ask(c) })),
      {
        ...changes('Webhook', { changeWebhook: ['Change a webhook', changed] }, 422),
        access: 'admin',
        params,
        body: 'WebhookChange',
      },
    )
    .delete(
      '/:id',
      (c) => sendNothing(c, webhooks.remove({ ...readChange(c), id: c.params.id, asker: ask(c) })),
      {
        ...removes({ removeWebhook: ['Remove a webhook', 'Its deliveries are deleted, too.'] }),
        access: 'admin',
        params,
      },
    )
    .post(
      '/:id/secrets',
      (c) => sendCreatedAt(c, secrets.add(c.params.id, ask(c)), toPathOf(c.params.id, 'secrets')),
      {
        ...createsAnew('CreatedWebhookSecret', { createWebhookSecret }, 404, 409),
        access: 'admin',
        params,
      },
    )
    .delete(
      '/:id/secrets/:secret_id',
      (c) => sendNothing(c, secrets.remove(c.params.id, c.params.secret_id, ask(c))),
      {
        ...does({ removeWebhookSecret: 'Remove a secret of a webhook' }, 404, 409),
        access: 'admin',
        params: t.Object({ id: Id, secret_id: Id }),
      },
    )
    .use(deliveryRoutes(deliveries))
}

function deliveryRoutes(deliveries: WebhooksService['deliveries']) {
  const one = t.Object({ id: Id, delivery_id: Id })
  const state = t.Optional(schema.DeliveryState)
  return new Elysia({ normalize: false })
    .use(access)
    .use(models)
    .post(
      '/:id/test',
      (c) => sendCreatedAt(c, deliveries.test(c.params.id), toPathOf(c.params.id, 'deliveries')),
      {
        ...createsAnew('WebhookDelivery', { testWebhook: ['Send a test event', tested] }, 404, 409),
        access: 'admin',
        params,
      },
    )
    .get('/:id/deliveries', (c) => sendPage(c, deliveries.list(c.params.id, c.query)), {
      ...lists('WebhookDeliveryList', { listWebhookDeliveries }, 404),
      access: 'admin',
      params,
      query: t.Object({ state, ...pageQuery }),
    })
    .get(
      '/:id/deliveries/:delivery_id',
      (c) => deliveries.find(c.params.id, c.params.delivery_id),
      {
        ...reads('WebhookDelivery', { getWebhookDelivery: 'Get a delivery' }, 404),
        access: 'admin',
        params: one,
      },
    )
    .post(
      '/:id/deliveries/:delivery_id/replay',
      (c) => deliveries.replay(c.params.id, c.params.delivery_id),
      {
        ...answers('WebhookDelivery', { replayWebhookDelivery }, 404, 409),
        access: 'admin',
        params: one,
      },
    )
    .post(
      '/:id/replay',
      (c) => sendVersioned(c, deliveries.replaySince(c.params.id, c.body.since, c.caller)),
      {
        ...changes('Webhook', { replayWebhook }, 422),
        access: 'admin',
        params,
        body: 'WebhookReplay',
      },
    )
}

const toPath = ({ id }: { id: string }) => `/api/webhooks/${id}`
const toPathOf =
  (webhookId: string, of: 'secrets' | 'deliveries') =>
  ({ id }: { id: string }) =>
    `/api/webhooks/${webhookId}/${of}/${id}`

const added =
  'Sends events from now on by POST, signed as in Standard Webhooks: verify ' +
  '`webhook-signature` with the secret, which is shown only in this response. Events arrive at ' +
  'least once, and in order for each subject. Any 2xx within 15 s accepts an event; otherwise ' +
  'it is retried for a day, then the webhook is disabled. 410 disables it immediately.'
const creating = createsAnewVersion(
  'CreatedWebhook',
  { createWebhook: ['Add a webhook', added] },
  409,
  422,
)
const changed =
  'Takes effect immediately: if URL, events or state change, requests in flight are cut ' +
  'off and sent again. A new URL gets a full day of retries.'
const rotation =
  'Requests are signed by each. Add one, configure the receiver, then remove the old one.'
const tested = 'Sends one `webhook.test`, whatever its state. The response has the result.'
const kept = 'At most 5,000 per webhook, for 30 days.'
const replayed = 'In order, with the original `webhook-id`, as far back as events are kept.'

const createWebhookSecret = ['Add a secret to a webhook', rotation] as const
const listWebhookDeliveries = ['List deliveries, sent and waiting, newest first', kept] as const
const replayWebhookDelivery = ['Send a delivery again', 'Keeps its `webhook-id`.'] as const
const replayWebhook = ['Send all events since a time again', replayed] as const
