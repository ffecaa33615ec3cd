import { Elysia } from 'elysia'
import { access } from '../../../shared/access.ts'
import { sendVersioned } from '../../../shared/answer.ts'
import { changes, readsVersion } from '../../../shared/convention.ts'
import { readChange } from '../../../shared/version.ts'
import { models } from '../models.ts'
import type { NotificationsService } from '../service.ts'

const changeText = [
  'Change your notification preferences',
  'Only given fields change, kind by kind; null means the default. Mails about the security of ' +
    'your account are always sent.',
] as const

const defaultsText = [
  'Change the default notification preferences',
  'What users chose takes precedence, kind by kind.',
] as const

/** How people are notified. */
export function preferenceRoutes({ preferences }: Pick<NotificationsService, 'preferences'>) {
  return new Elysia({ prefix: '/api/notifications', tags: ['notifications'], normalize: false })
    .use(access)
    .use(models)
    .get('/preferences', (c) => sendVersioned(c, preferences.get(c.caller.id)), {
      ...readsVersion('NotificationPreferences', {
        getNotificationPreferences: 'Get your notification preferences',
      }),
      access: 'member',
    })
    .patch(
      '/preferences',
      (c) => sendVersioned(c, preferences.change(c.caller.id, readChange(c))),
      {
        ...changes('NotificationPreferences', { changeNotificationPreferences: changeText }),
        access: 'member',
        body: 'NotificationPreferencesChange',
      },
    )
    .get('/defaults', (c) => sendVersioned(c, preferences.getDefaults()), {
      ...readsVersion('NotificationPreferences', {
        getNotificationDefaults: 'Get the default notification preferences',
      }),
      access: 'admin',
    })
    .patch('/defaults', (c) => sendVersioned(c, preferences.changeDefaults(readChange(c))), {
      ...changes('NotificationPreferences', { changeNotificationDefaults: defaultsText }),
      access: 'admin',
      body: 'NotificationPreferencesChange',
    })
}
