import { t, withTexts } from '../i18n.ts'
import { path } from '../router.ts'
import { InboxPage } from './inbox.tsx'
import { PreferencesPage } from './preferences.tsx'
import { notificationTexts } from './texts.ts'

const tabs = [
  { href: '/notifications', label: 'notifications.inbox' },
  { href: '/notifications/preferences', label: 'notifications.preferences' },
] as const

/** Notifications and their preferences. */
function Notifications() {
  return (
    <>
      <header class="page-head">
        <h1>{t('page.notifications')}</h1>
        <nav class="tabs" aria-label={t('page.notifications')}>
          {tabs.map(({ href, label }) => (
            <a
              key={href}
              href={href}
              {...(href === path.value && { 'aria-current': 'page' as const })}
            >
              {t(label)}
            </a>
          ))}
        </nav>
      </header>
      {path.value === '/notifications/preferences' ? <PreferencesPage /> : <InboxPage />}
    </>
  )
}

export const load = () => withTexts(Notifications, notificationTexts)
