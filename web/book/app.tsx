import { effect, signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { bookPath } from '../pages.ts'
import { address, navigate, path, readQuery } from '../router.ts'
import { retrySession, sessionError, signOut, user } from '../session/session.ts'
import { Mark, Preferences } from '../sidebar.tsx'
import { Icon } from '../ui/icon.tsx'
import { Failure, Loading } from '../ui/state.tsx'
import { Toasts } from '../ui/toast.tsx'
import { BookingPage } from './booking-page.tsx'
import { Heading } from './heading.tsx'
import { MyBookings } from './my-bookings.tsx'
import { NewBookingPage } from './new-booking.tsx'

const NewSeries = lazy(() => import('../series/new-series.tsx').then(({ load }) => load()))

const bell = signal<ComponentType | undefined>(undefined)

/** Responses that arrived meanwhile; offline, the rest is as before. */
export async function showBell(): Promise<void> {
  bell.value = (await import('../notifications/bell.tsx').catch(() => undefined))?.Bell
}

/** The app for phones: the user's bookings, the next one first. */
export function App() {
  useEffect(() => effect(followAddress), [])
  return (
    <>
      <a class="skip button visually-hidden" href="#main">
        {t('shell.skip')}
      </a>
      <header class="top">
        <a class="brand" href={bookPath}>
          <Mark /> Campus
        </a>
        <span class="soft">{user.value?.display_name}</span>
        {user.value && bell.value && <bell.value />}
      </header>
      <main id="main" tabIndex={-1}>
        <View />
      </main>
      {user.value && <Foot />}
      <Toasts />
    </>
  )
}

function View() {
  if (!user.value) {
    const error = sessionError.value
    if (error === undefined) return <Loading />
    return <Failure error={error} retry={() => void retrySession()} />
  }
  const [, , part = ''] = path.value.split('/')
  if (part === '') return <MyBookings />
  if (part === 'new') return <NewBookingPage />
  if (part === 'series') return <SeriesPage />
  return <BookingPage key={part} id={part} />
}

function SeriesPage() {
  return (
    <>
      <a href={`${bookPath}/new`} class="back">
        <Icon name="previous" />
        {t('book.when')}
      </a>
      <Heading text={t('find.series')} />
      <NewSeries />
    </>
  )
}

function Foot() {
  return (
    <footer class="foot">
      <nav class="cluster" aria-label={t('shell.pages')}>
        <a href="/bookings/waiting">{t('wait.title')}</a>
        <a href="/bookings">{t('board.title')}</a>
        <a href="/account">{t('page.account')}</a>
      </nav>
      <details>
        <summary>{t('shell.preferences')}</summary>
        <div class="pair">
          <Preferences />
        </div>
        <button type="button" onClick={() => void signOut()}>
          <Icon name="leave" />
          {t('session.sign_out')}
        </button>
      </details>
    </footer>
  )
}

let shown = ''

/** Sends strangers to the sign-in page, and starts each page at its top. */
function followAddress(): void {
  if (user.value === null) {
    const { pathname, search } = address.value
    return navigate(`/sign-in?to=${encodeURIComponent(pathname + search)}`, { replace: true })
  }
  const view = `${path.value} ${readQuery('step')}`
  if (shown && shown !== view) {
    scrollTo(0, 0)
    document.getElementById('main')?.focus({ preventScroll: true })
  }
  shown = view
}
