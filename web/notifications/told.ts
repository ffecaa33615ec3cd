import type {
  Notification,
  NotificationPreferences,
  NotificationPreferencesChange,
} from '../../shared/schemas/notification.ts'
import { api, ApiError, ask, requireOk, toProblem } from '../api.ts'
import { readEvents } from '../bookings/event-stream.ts'
import { readPage, type Page } from '../paging.ts'
import { authorizedFetch } from '../session/token.ts'
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
  const { data, error, response } = await notifications[whose].get()
  if (error) throw new ApiError(toProblem(error.value, Number(error.status)))
  return { preferences: data, etag: response.headers.get('etag') ?? '' }
}

/** @throws ApiError `precondition_failed` when it was changed elsewhere meanwhile */
export async function change(
  { etag }: Chosen,
  body: NotificationPreferencesChange,
  whose: Whose = 'preferences',
): Promise<void> {
  await ask(notifications[whose].patch(body, { headers: { 'if-match': etag } }))
}

// Try again soon, then with patience.
const retryMin_ms = 2000
const retryMax_ms = 60_000

/** Keeps `unread` as it is, until the signal aborts. */
export async function followUnread(signal: AbortSignal): Promise<void> {
  let retry_ms = retryMin_ms
  while (!signal.aborted) {
    try {
      const response = await authorizedFetch('/api/notifications/events', { signal })
      await requireOk(response)
      retry_ms = retryMin_ms
      if (!response.body) return
      for await (const { data } of readEvents(response.body)) {
        unread.value = (JSON.parse(data) as { unread: number }).unread
      }
    } catch {
      // away; tried again below
    }
    if (signal.aborted) return
    await new Promise((resolve) => setTimeout(resolve, retry_ms))
    retry_ms = Math.min(retry_ms * 2, retryMax_ms)
  }
}
