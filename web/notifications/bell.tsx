import { useEffect } from 'preact/hooks'
import { formatNumber, plural, t } from '../i18n.ts'
import { path } from '../router.ts'
import { Icon } from '../ui/icon.tsx'
import { followUnread } from './notifications.ts'
import { unread } from './unread.ts'

/** How long a page waits before loading what is not urgent. */
export const patience_ms = 2000

/** The number of unread notifications, live. */
export function Bell() {
  useEffect(() => {
    const ended = new AbortController()
    const timer = setTimeout(() => followUnread(ended.signal), patience_ms)
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [])
  const count = unread.value ?? 0
  return (
    <a
      class="button quiet"
      href="/notifications"
      {...(path.value === '/notifications' && { 'aria-current': 'page' as const })}
    >
      <Icon name="bell" />
      <span class="label">{t('page.notifications')}</span>
      {count > 0 && (
        <span class="badge warn">
          {formatNumber(count)}
          <span class="visually-hidden"> {plural('notifications.unread', count)}</span>
        </span>
      )}
    </a>
  )
}
