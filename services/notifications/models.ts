import { Elysia, t } from 'elysia'
import { BounceResult } from '../../shared/schemas/bounce.ts'
import { StreamTicket, UnreadEvent } from '../../shared/schemas/event.ts'
import { MailPreview, MailTemplateList } from '../../shared/schemas/mail-template.ts'
import {
  Notification,
  NotificationList,
  NotificationPreferences,
  NotificationPreferencesChange,
  ReadNotifications,
  UnreadCount,
} from '../../shared/schemas/notification.ts'
import { Problem } from '../../shared/schemas/problem.ts'

/** Wire models, under the names that routes and the OpenAPI document use. */
export const models = new Elysia({ name: 'notifications models' }).model({
  BounceResult,
  MailPreview,
  MailTemplateList,
  Notification,
  NotificationList,
  NotificationPreferences,
  NotificationPreferencesChange,
  Problem,
  ReadNotifications: t.Optional(ReadNotifications),
  StreamTicket,
  UnreadCount,
  UnreadEvent,
})
