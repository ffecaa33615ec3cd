import { addTexts, formatNumber, t, type MessageKey } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { path } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { BoardPage } from '../board/board-page.tsx'
import { readPending } from './bookings.ts'

// Whoever looks into the calendar need not wait for these.
const FindPage = lazy(() => import('./find-page.tsx').then(({ FindPage: Page }) => Page))
const BookingPage = lazy(async () => {
  const [{ BookingPage: Page }] = await Promise.all([import('./booking-page.tsx'), loadTexts()])
  return Page
})
const RequestsPage = lazy(async () => {
  const [{ RequestsPage: Page }] = await Promise.all([
    import('./requests-page.tsx'),
    loadTexts(),
    loadManageTexts(),
  ])
  return Page
})
const ResourcePage = lazy(() =>
  import('./resource-page.tsx').then(({ ResourcePage: Page }) => Page),
)
const ResourcesPage = lazy(() =>
  import('./resources-page.tsx').then(({ ResourcesPage: Page }) => Page),
)
const WaitingPage = lazy(() => import('./waiting-page.tsx').then(({ WaitingPage: Page }) => Page))

const DayPage = lazy(async () => {
  const [{ DayPage: Page }] = await Promise.all([
    import('../manage/day-page.tsx'),
    loadTexts(),
    loadManageTexts(),
  ])
  return Page
})
const UsagePage = lazy(async () => {
  const [{ UsagePage: Page }] = await Promise.all([
    import('../manage/usage-page.tsx'),
    loadManageTexts(),
  ])
  return Page
})

const SetupPage = lazy(async () => {
  const [{ SetupPage: Page }, { setupTexts }, { ruleTexts }] = await Promise.all([
    import('../setup/setup-page.tsx'),
    import('../setup/texts.ts'),
    import('../rules/texts.ts'),
  ])
  await Promise.all([addTexts(setupTexts), addTexts(ruleTexts)])
  return Page
})

const DisplaysPage = lazy(async () => {
  const [{ DisplaysPage: Page }, { displayTexts }] = await Promise.all([
    import('../displays/displays-page.tsx'),
    import('../displays/texts.ts'),
  ])
  await addTexts(displayTexts)
  return Page
})

const NewSeries = lazy(async () => {
  const [{ NewSeries: Page }] = await Promise.all([
    import('../series/new-series.tsx'),
    loadSeriesTexts(),
  ])
  return Page
})
const SeriesPage = lazy(async () => {
  const [{ SeriesPage: Page }] = await Promise.all([
    import('../series/series-page.tsx'),
    loadSeriesTexts(),
  ])
  return Page
})

async function loadSeriesTexts(): Promise<void> {
  const [{ seriesTexts }] = await Promise.all([import('../series/texts.ts'), loadTexts()])
  await addTexts(seriesTexts)
}

async function loadManageTexts(): Promise<void> {
  const { manageTexts } = await import('../manage/texts.ts')
  await addTexts(manageTexts)
}

const RulesPage = lazy(async () => {
  const [{ RulesPage: Page }, { ruleTexts }] = await Promise.all([
    import('../rules/rules-page.tsx'),
    import('../rules/texts.ts'),
  ])
  await addTexts(ruleTexts)
  return Page
})

async function loadTexts(): Promise<void> {
  const { bookingTexts } = await import('./texts.ts')
  await addTexts(bookingTexts)
}

const tabs: readonly { href: string; label: MessageKey }[] = [
  { href: '/bookings', label: 'board.title' },
  { href: '/bookings/find', label: 'find.title' },
  { href: '/bookings/waiting', label: 'wait.title' },
  { href: '/bookings/resources', label: 'resources.title' },
]
const day = { href: '/bookings/day', label: 'board.today' } as const
const usage = { href: '/bookings/usage', label: 'usage.tab' } as const
const requests = { href: '/bookings/requests', label: 'requests.title' } as const
// Until it is known who looks: whoever comes by a link to one of these.
const ofManagers = new Set(['day', 'displays', 'requests', 'usage'])
const rules = { href: '/bookings/rules', label: 'rules.title' } as const

export function Bookings() {
  const [, , part = '', id] = path.value.split('/')
  const pending = useQuery('pending', readPending)
  const { count = 0, manages = false } = pending.data.value ?? {}
  if (id && part !== 'series') return <ResourcePage id={id} />
  // The segments of types, and with them all other pages, are words.
  if (/^[0-9a-f]{8}-/.test(part)) return <BookingPage key={part} id={part} />
  const isManager = manages || isAdmin.value || ofManagers.has(part)
  return (
    <>
      <header class="page-head">
        <h1>{t('page.bookings')}</h1>
        <nav class="tabs" aria-label={t('page.bookings')}>
          {[
            ...tabs,
            ...(isManager ? [day, requests, usage] : []),
            ...(isAdmin.value ? [rules] : []),
          ].map(({ href, label }) => (
            <a
              key={href}
              href={href}
              {...(href === path.value && { 'aria-current': 'page' as const })}
            >
              {t(label)}
              {href === requests.href && count > 0 && (
                <span class="badge warn">{formatNumber(count)}</span>
              )}
            </a>
          ))}
        </nav>
      </header>
      {part === 'find' && <FindPage />}
      {part === 'waiting' && <WaitingPage />}
      {part === 'resources' && <ResourcesPage isManager={isManager} />}
      {part === 'displays' && <DisplaysPage />}
      {part === 'series' && (id ? <SeriesPage key={id} id={id} /> : <NewSeries />)}
      {part === 'rules' && isAdmin.value && <RulesPage />}
      {part === 'requests' && <RequestsPage changed={() => void pending.reload()} />}
      {part === 'day' && <DayPage changed={() => void pending.reload()} />}
      {part === 'usage' && <UsagePage />}
      {part === 'setup' && isAdmin.value && <SetupPage />}
      {part === '' && <BoardPage />}
    </>
  )
}
