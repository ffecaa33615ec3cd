import type {
  Notification,
  NotificationPreferences,
  NotificationPreferencesChange,
} from '../../shared/schemas/notification.ts'
import { api, ask } from '../api.ts'
import { readPage, type Page } from '../paging.ts'
import { campus } from '../campus.ts'
import { unread } from './unread.ts'

const { notifications } = api.notifications

export function listTold(cursor?: string): Promise<Page<Notification>> {
  return readPage(notifications.get({ query: cursor ? { cursor } : {} }))
}

/** @param until the newest one shown: later ones stay unread */
export async function markAllRead(until: string): Promise<void> {
  unread.value = (await ask(notifications.read.post({ until }))).unread
}

export async function markRead({ id }: Notification): Promise<void> {
  await ask(notifications({ id }).read.post())
}

/** Preferences, with the tag for changing them. */
export interface Chosen {
  preferences: NotificationPreferences
  etag: string
}

/** The user's own, or the defaults. */
export type Whose = 'preferences' | 'defaults'

export async function readChosen(whose: Whose = 'preferences'): Promise<Chosen> {
  const { data, response } = await notifications[whose].get()
  return { preferences: data as NotificationPreferences, etag: response.headers.get('etag') ?? '' }
}

/** @throws ProblemError `precondition_failed` if they were changed elsewhere meanwhile */
export async function change(
  { etag }: Chosen,
  body: NotificationPreferencesChange,
  whose: Whose = 'preferences',
): Promise<void> {
  await ask(notifications[whose].patch(body, { headers: { 'if-match': etag } }))
}

/** Keeps `unread` up to date, until the signal aborts or the login ends. */
export async function followUnread(signal: AbortSignal): Promise<void> {
  try {
    for await (const { data } of campus.follow('/api/notifications/events', { signal })) {
      unread.value = (data as { unread: number }).unread
    }
  } catch {
    // Nobody follows any more, or the login ended.
  }
}
