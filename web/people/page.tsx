import { t, withTexts, type MessageKey } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { peopleTexts } from './texts.ts'
import { path } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { Missing } from '../ui/state.tsx'
import { AccountsPage } from './accounts-page.tsx'
import { GroupPage } from './group-page.tsx'
import { ProvidersPage } from './providers-page.tsx'
import { GroupsPage } from './groups-page.tsx'

const AccountPage = lazy(() => import('./account-page.tsx').then(({ load }) => load()))

const tabs: readonly { href: string; label: MessageKey }[] = [
  { href: '/people', label: 'people.accounts' },
  { href: '/people/groups', label: 'groups.title' },
  { href: '/people/sign-in', label: 'oidc.title' },
]

/** Accounts, for administrators; groups, also for their members. */
function People() {
  const [, , part = '', id] = path.value.split('/')
  if (part === 'groups' && id) return <GroupPage key={id} id={id} />
  if (part !== 'groups' && !isAdmin.value) return <Missing />
  if (part === 'accounts' && id) return <AccountPage key={id} id={id} />
  return (
    <>
      <header class="page-head">
        <h1>{t(isAdmin.value ? 'page.people' : 'groups.title')}</h1>
        {isAdmin.value && <Tabs />}
      </header>
      {part === 'groups' && <GroupsPage />}
      {part === 'sign-in' && <ProvidersPage />}
      {part === '' && <AccountsPage />}
    </>
  )
}

function Tabs() {
  return (
    <nav class="tabs" aria-label={t('page.people')}>
      {tabs.map(({ href, label }) => (
        <a key={href} href={href} {...(href === path.value && { 'aria-current': 'page' as const })}>
          {t(label)}
        </a>
      ))}
    </nav>
  )
}

export const load = () => withTexts(People, peopleTexts)
