import type {
  Notification,
  NotificationPreferences,
  NotificationPreferencesChange,
} from '../../shared/schemas/notification.ts'
import { api, ask } from '../api.ts'
import { readPage, type Page } from '../paging.ts'
import { campus } from '../campus.ts'
import type { Tagged } from '../ui/edit.tsx'
import { whileVisible } from '../while-visible.ts'
import { unread } from './unread.ts'

const { notifications } = api.notifications

export function listNotifications(cursor?: string): Promise<Page<Notification>> {
  return readPage(notifications.get({ query: cursor ? { cursor } : {} }))
}

/** @param until the newest one shown: later ones stay unread */
export async function markAllRead(until: string): Promise<void> {
  unread.value = (await ask(notifications.read.post({ until }))).unread
}

export async function markRead({ id }: Notification): Promise<void> {
  await ask(notifications({ id }).read.post())
}

/** The user's own, or the defaults. */
export type Whose = 'preferences' | 'defaults'

export const readTagged = (whose: Whose) => notifications[whose].get()

export function readChosen(whose: Whose = 'preferences'): Promise<NotificationPreferences> {
  return ask(readTagged(whose))
}

export async function change(
  body: NotificationPreferencesChange,
  tagged: Tagged = {},
  whose: Whose = 'preferences',
): Promise<void> {
  await ask(notifications[whose].patch(body, tagged))
}

/** Keeps `unread` up to date while the page can be seen, until the signal aborts. */
export function followUnread(signal: AbortSignal): void {
  whileVisible((shown) => void follow(shown), signal)
}

/** Until the signal aborts or the login ends. */
async function follow(signal: AbortSignal): Promise<void> {
  try {
    for await (const { data } of campus.follow('/api/notifications/events', { signal })) {
      unread.value = (data as { unread: number }).unread
    }
  } catch {
    // Nobody follows any more, or the login ended.
  }
}
