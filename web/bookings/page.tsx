import { t, type MessageKey } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { path } from '../router.ts'
import { BoardPage } from './board-page.tsx'

// Whoever looks into the calendar need not wait for these.
const FindPage = lazy(() => import('./find-page.tsx').then(({ FindPage: Page }) => Page))
const ResourcePage = lazy(() =>
  import('./resource-page.tsx').then(({ ResourcePage: Page }) => Page),
)
const ResourcesPage = lazy(() =>
  import('./resources-page.tsx').then(({ ResourcesPage: Page }) => Page),
)
const WaitingPage = lazy(() => import('./waiting-page.tsx').then(({ WaitingPage: Page }) => Page))

const tabs: readonly { href: string; label: MessageKey }[] = [
  { href: '/bookings', label: 'board.title' },
  { href: '/bookings/find', label: 'find.title' },
  { href: '/bookings/waiting', label: 'wait.title' },
  { href: '/bookings/resources', label: 'resources.title' },
]

export function Bookings() {
  const [, , part = '', id] = path.value.split('/')
  if (id) return <ResourcePage id={id} />
  return (
    <>
      <header class="page-head">
        <h1>{t('page.bookings')}</h1>
        <nav class="tabs" aria-label={t('page.bookings')}>
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
      {part === 'find' && <FindPage />}
      {part === 'waiting' && <WaitingPage />}
      {part === 'resources' && <ResourcesPage />}
      {part === '' && <BoardPage />}
    </>
  )
}
