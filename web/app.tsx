import { effect } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { Bookings, preloadPart } from './bookings/page.tsx'
import { t } from './i18n.ts'
import { pages, type Page, type PageName } from './pages.ts'
import { lazy } from './lazy.tsx'
import { navigate, path, readQuery, toOwnPath } from './router.ts'
import { isAdmin, retrySession, sessionError, user } from './session/session.ts'
import { newCodes } from './session/new-codes.ts'
import { isSignedIn } from './campus.ts'
import { Sidebar } from './sidebar.tsx'
import { Failure, Loading, Missing } from './ui/state.tsx'
import { Toasts } from './ui/toast.tsx'

const NewRecoveryCodes = lazy(() =>
  import('./session/recovery-codes.tsx').then(({ NewRecoveryCodes }) => NewRecoveryCodes),
)

const views: Record<PageName, ComponentType & { preload?: () => void }> = {
  bookings: Object.assign(Bookings, { preload: preloadPart }),
  books: lazy(() => import('./books/page.tsx').then(({ load }) => load())),
  courses: lazy(() => import('./courses/page.tsx').then(({ load }) => load())),
  files: lazy(() => import('./files/page.tsx').then(({ load }) => load())),
  people: lazy(() => import('./people/page.tsx').then(({ load }) => load())),
  system: lazy(() => import('./system/page.tsx').then(({ load }) => load())),
  notifications: lazy(() => import('./notifications/page.tsx').then(({ load }) => load())),
  code: lazy(() => import('./bookings/code-page.tsx').then(({ load }) => load())),
  account: lazy(() => import('./session/account.tsx').then(({ load }) => load())),
  join: lazy(() => import('./session/join.tsx').then(({ Join }) => Join)),
  set_password: lazy(() => import('./session/links.tsx').then((it) => it.loadSetPassword())),
  confirm_address: lazy(() => import('./session/links.tsx').then((it) => it.loadConfirmAddress())),
  keep_address: lazy(() => import('./session/links.tsx').then((it) => it.loadKeepAddress())),
  oidc: lazy(() => import('./session/callback.tsx').then(({ SignInCallback }) => SignInCallback)),
  forgot_password: lazy(() =>
    import('./session/forgot.tsx').then(({ ForgotPassword }) => ForgotPassword),
  ),
  sign_in: lazy(() => import('./session/sign-in.tsx').then(({ SignIn }) => SignIn)),
  sign_up: lazy(() => import('./session/sign-up.tsx').then(({ SignUp }) => SignUp)),
}

const current = () => pages.find((page) => isBelow(path.value, page.path))

/** Loads the page's code while the user is still being determined. */
export function preloadPage(): void {
  const page = current()
  if (page) views[page.name].preload?.()
}

/** The frame around every page: navigation, the page, toasts. */
export function App() {
  useEffect(() => effect(followAddress), [])
  // Assumes the likely user until it is known, so that nothing jumps.
  const signedIn = user.value === undefined ? isSignedIn() : user.value !== null
  return (
    <>
      <a class="skip button visually-hidden" href="#main">
        {t('shell.skip')}
      </a>
      {signedIn && <Sidebar />}
      <main id="main" tabIndex={-1} class={signedIn ? '' : 'alone'}>
        <View />
      </main>
      {newCodes.value.length > 0 && <NewRecoveryCodes />}
      <Toasts />
    </>
  )
}

function View() {
  const page = current()
  if (user.value === undefined) {
    const error = sessionError.value
    return error === undefined ? (
      <Loading />
    ) : (
      <Failure error={error} retry={() => void retrySession()} />
    )
  }
  if (user.value === null && !isOpen(page)) return <Loading />
  if (!page || (page.access === 'admin' && !isAdmin.value)) return <Missing />
  const Shown = views[page.name]
  // Nobody sees what another user, who was signed in until now in another tab, has on the screen.
  return <Shown key={isOpen(page) ? page.name : `${page.name} ${user.value?.id}`} />
}

let shown = ''

/** Redirects users from pages they may not see, sets the title, and scrolls to the top. */
function followAddress(): void {
  const page = current()
  const known = user.value !== undefined
  const isDoor = page?.access === 'public'
  if (known && !user.value && !isOpen(page)) {
    const back = path.value === '/' ? '' : `?to=${encodeURIComponent(path.value)}`
    return navigate(`/sign-in${back}`, { replace: true })
  }
  if (user.value && (isDoor || path.value === '/')) {
    return navigate(toOwnPath(readQuery('to')), { replace: true })
  }
  document.title = page ? `${t(`page.${page.name}`)} · Campus` : 'Campus'
  if (shown && shown !== path.value) {
    scrollTo(0, 0)
    document.getElementById('main')?.focus({ preventScroll: true })
  }
  shown = path.value
}

function isOpen(page: Page | undefined): boolean {
  return page?.access === 'public' || page?.access === 'link'
}

function isBelow(at: string, base: string): boolean {
  return at === base || at.startsWith(`${base}/`)
}
