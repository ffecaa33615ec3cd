import { Elysia } from 'elysia'
import type { Context } from '../../shared/context.ts'
import { inboxRoutes } from './inbox/inbox-routes.ts'
import { mailRoutes } from './mail/mail-routes.ts'
import { preferenceRoutes } from './preferences/preference-routes.ts'
import { notificationsService } from './service.ts'
import { webhookRoutes } from './webhooks/webhook-routes.ts'

/** Notifies people and other systems of what happened. */
export function notifications(context: Context) {
  const service = notificationsService(context)
  return new Elysia({ name: 'notifications', tags: ['notifications'], normalize: false })
    .use(webhookRoutes(service.webhooks))
    .use(preferenceRoutes(service))
    .use(mailRoutes(service))
    .use(inboxRoutes(service, context))
}

export type NotificationsApi = ReturnType<typeof notifications>
