import { chooseLanguage, language, languages, t, type Language } from './i18n.ts'
import { Bell } from './notifications/bell.tsx'
import { bookPath, pages } from './pages.ts'
import { path } from './router.ts'
import { isAdmin, signOut, user } from './session/session.ts'
import { chooseTheme, theme, themes } from './theme.ts'
import { Choice } from './ui/form.tsx'
import { Icon } from './ui/icon.tsx'

const everyone = ['bookings', 'books', 'courses', 'files'] as const
const administrators = ['people', 'system'] as const

export function Sidebar() {
  return (
    <header class="sidebar">
      <a class="brand" href="/bookings">
        <Mark /> Campus
      </a>
      <nav aria-label={t('shell.pages')}>
        {everyone.map((name) => (
          <PageLink key={name} name={name} />
        ))}
        {isAdmin.value && <p class="group">{t('shell.administration')}</p>}
        {isAdmin.value && administrators.map((name) => <PageLink key={name} name={name} />)}
      </nav>
      <div class="who">
        <a class="button quiet" href={bookPath}>
          <Icon name="phone" />
          <span class="label">{t('shell.phone')}</span>
        </a>
        <Bell />
        <a
          class="button quiet"
          href="/account"
          {...(path.value === '/account' && { 'aria-current': 'page' as const })}
        >
          <Icon name="account" />
          <span class="label">{user.value?.display_name}</span>
          <span class="visually-hidden">{t('page.account')}</span>
        </a>
        <button type="button" class="quiet" onClick={() => void signOut()}>
          <Icon name="leave" />
          <span class="label">{t('session.sign_out')}</span>
        </button>
      </div>
    </header>
  )
}

function PageLink({ name }: { name: (typeof everyone)[number] | (typeof administrators)[number] }) {
  const page = pages.find((one) => one.name === name)
  if (!page) return null
  const isHere = path.value === page.path || path.value.startsWith(`${page.path}/`)
  return (
    <a href={page.path} {...(isHere && { 'aria-current': 'page' as const })}>
      <Icon name={name} />
      {t(`page.${name}`)}
    </a>
  )
}

/** Language and theme: set once. */
export function Preferences() {
  return (
    <>
      <Choice
        label={t('shell.language')}
        value={language.value}
        change={(value) => void chooseLanguage(value as Language)}
        options={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      />
      <Choice
        label={t('shell.theme')}
        value={theme.value}
        change={(value) => chooseTheme(value as (typeof themes)[number])}
        options={themes.map((value) => ({ value, label: t(`theme.${value}`) }))}
      />
    </>
  )
}

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M7 13 16 8l9 5-9 5zM11 16v5c3 2.5 7 2.5 10 0v-5"
        fill="none"
        stroke="var(--on-accent)"
        stroke-width="2.2"
        stroke-linejoin="round"
        stroke-linecap="round"
      />
    </svg>
  )
}
