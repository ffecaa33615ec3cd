import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { sendPage } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import { eventStream } from '../../../shared/event-stream.ts'
import { readLanguage } from '../../../shared/language.ts'
import { pageQuery } from '../../../shared/page.ts'
import { answers, follows, lists, reads } from '../../../shared/convention.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { createStreamPlaces } from '../../../shared/stream-places.ts'
import { createStreamTickets, ticketQuery, ticketText } from '../../../shared/stream-ticket.ts'
import { models } from '../models.ts'
import type { NotificationsService } from '../service.ts'

const params = t.Object({ id: Id })

const followText = [
  'Follow the number of your unread notifications',
  'Server-sent events `unread`, the first one at once, with `{"unread": 3}`. A user may have ten ' +
    'open streams. The stream ends when its access token expires: refresh the token and resume.',
] as const

const allText = [
  'Mark your notifications as read',
  'With `until`, the newest one you have seen, later ones stay unread.',
] as const

/** The caller's notifications: `/api/notifications`. */
export function inboxRoutes(
  { inbox, followUnread, preferences }: NotificationsService,
  context: Context,
) {
  const { stopping, endOf, log } = context
  const tickets = createStreamTickets(context, '/api/notifications/events')
  const takePlace = createStreamPlaces()
  return new Elysia({ prefix: '/api/notifications', tags: ['notifications'], normalize: false })
    .use(access)
    .use(models)
    .get(
      '',
      (c) => {
        // Stored for their mails, without delaying the list. Scripts do not send it.
        if (c.request.headers.has('accept-language')) {
          preferences.see(c.caller, readLanguage(c.request)).catch((error: unknown) => {
            log.warn('a language was not kept', { error: String(error) })
          })
        }
        return sendPage(c, inbox.list(c.query, c.caller))
      },
      {
        ...lists('NotificationList', {
          listNotifications: 'List your notifications, newest first',
        }),
        access: 'member',
        query: t.Object({
          unread: t.Optional(t.Literal('true', { description: 'Only those you have not read' })),
          ...pageQuery,
        }),
      },
    )
    .get('/unread', (c) => inbox.countUnread(c.caller), {
      ...reads('UnreadCount', { countUnread: 'Count your unread notifications' }),
      access: 'member',
    })
    .get(
      '/events',
      (c) => {
        const refund = takePlace(c.caller)
        return eventStream({
          signal: AbortSignal.any([c.request.signal, stopping, endOf(c.request)]),
          subscribe: (sink) => followUnread(c.caller.id, sink),
          ended: refund,
        })
      },
      {
        ...follows('UnreadEvent', { followUnread: followText }),
        transform: tickets.redeem,
        access: 'member',
        query: t.Object(ticketQuery),
      },
    )
    .post('/events/tickets', (c) => tickets.create(c), {
      ...answers('StreamTicket', { createUnreadTicket: ticketText }),
      access: 'member',
    })
    .post('/read', (c) => inbox.markAllRead(c.body?.until, c.caller), {
      ...answers('UnreadCount', { readNotifications: allText }),
      access: 'member',
      body: 'ReadNotifications',
    })
    .post('/:id/read', (c) => inbox.markRead(c.params.id, c.caller), {
      ...answers('Notification', { readNotification: 'Mark a notification as read' }, 404),
      access: 'member',
      params,
    })
}
