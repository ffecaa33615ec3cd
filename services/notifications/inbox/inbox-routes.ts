import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { sendPage } from '../../../shared/answer.ts'
import { pageQuery } from '../../../shared/page.ts'
import { lists } from '../../../shared/promise.ts'
import { models } from '../models.ts'
import type { NotificationsService } from '../service.ts'

/** What the caller was told: `/api/notifications`. */
export function inboxRoutes({ inbox }: Pick<NotificationsService, 'inbox'>) {
  return new Elysia({ prefix: '/api/notifications', tags: ['notifications'], normalize: false })
    .use(access)
    .use(models)
    .get('', (c) => sendPage(c, inbox.list(c.query, c.caller)), {
      ...lists('NotificationList', {
        listNotifications: 'List your notifications, newest first',
      }),
      access: 'member',
      query: t.Object(pageQuery),
    })
}
