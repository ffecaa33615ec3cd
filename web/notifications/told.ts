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

/** @param until the newest one that was shown: what came since stays unread */
export async function markAllRead(until: string): Promise<void> {
  unread.value = (await ask(notifications.read.post({ until }))).unread
}

export async function markRead({ id }: Notification): Promise<void> {
  await ask(notifications({ id }).read.post())
}

/** How somebody is told, with the tag that a change of it is sent with. */
export interface Chosen {
  preferences: NotificationPreferences
  etag: string
}

/** Whose: one's own, or what holds for everybody who has chosen nothing. */
export type Whose = 'preferences' | 'defaults'

export async function readChosen(whose: Whose = 'preferences'): Promise<Chosen> {
  const { data, response } = await notifications[whose].get()
  return { preferences: data as NotificationPreferences, etag: response.headers.get('etag') ?? '' }
}

/** @throws ProblemError `precondition_failed` when it was changed elsewhere meanwhile */
export async function change(
  { etag }: Chosen,
  body: NotificationPreferencesChange,
  whose: Whose = 'preferences',
): Promise<void> {
  await ask(notifications[whose].patch(body, { headers: { 'if-match': etag } }))
}

/** Keeps `unread` as it is, until the signal aborts or the login is over. */
export async function followUnread(signal: AbortSignal): Promise<void> {
  try {
    for await (const { data } of campus.follow('/api/notifications/events', { signal })) {
      unread.value = (data as { unread: number }).unread
    }
  } catch {
    // Nobody listens any more, or may.
  }
}
