import type { ComponentType } from 'preact'
import { formatNumber, t, type MessageKey } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { path } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { Missing } from '../ui/state.tsx'
import { usePending } from './use-pending.ts'

interface PartProps {
  id: string
  isManager: boolean
  /** Called when the number of pending requests may have changed. */
  changed: () => void
  /** The number of pending requests, from a page that knows it. */
  found: (count: number) => void
}

const parts = {
  board: lazy<PartProps>(() => import('../board/board-page.tsx').then((it) => it.BoardPage)),
  booking: lazy<PartProps>(() => import('./booking-page.tsx').then((it) => it.load())),
  day: lazy<PartProps>(() => import('../manage/day-page.tsx').then((it) => it.load())),
  displays: lazy<PartProps>(() => import('../displays/displays-page.tsx').then((it) => it.load())),
  find: lazy<PartProps>(() => import('./find-page.tsx').then((it) => it.FindPage)),
  new_series: lazy<PartProps>(() => import('../series/new-series.tsx').then((it) => it.load())),
  requests: lazy<PartProps>(() => import('./requests-page.tsx').then((it) => it.load())),
  resource: lazy<PartProps>(() => import('./resource-page.tsx').then((it) => it.load())),
  resources: lazy<PartProps>(() => import('./resources-page.tsx').then((it) => it.ResourcesPage)),
  rules: lazy<PartProps>(() => import('../rules/rules-page.tsx').then((it) => it.load())),
  series: lazy<PartProps>(() => import('../series/series-page.tsx').then((it) => it.load())),
  setup: lazy<PartProps>(() => import('../setup/setup-page.tsx').then((it) => it.load())),
  usage: lazy<PartProps>(() => import('../manage/usage-page.tsx').then((it) => it.load())),
  waiting: lazy<PartProps>(() => import('./waiting-page.tsx').then((it) => it.WaitingPage)),
  withdrawal: lazy<PartProps>(() =>
    import('../withdrawal/withdrawal-page.tsx').then((it) => it.load()),
  ),
}

type PartName = keyof typeof parts

const tabs: readonly { href: string; label: MessageKey }[] = [
  { href: '/bookings', label: 'board.title' },
  { href: '/bookings/find', label: 'find.title' },
  { href: '/bookings/waiting', label: 'wait.title' },
  { href: '/bookings/resources', label: 'resources.title' },
]
const day = { href: '/bookings/day', label: 'board.today' } as const
const usage = { href: '/bookings/usage', label: 'usage.tab' } as const
const requests = { href: '/bookings/requests', label: 'requests.title' } as const
const rules = { href: '/bookings/rules', label: 'rules.title' } as const
// Until the user is known: the likely visitor of such a link.
const ofManagers = new Set(['day', 'displays', 'requests', 'usage'])
const ofAdministrators = new Set(['rules', 'setup'])

/** What the URL names: one thing with its own page, or a tab's content. */
function readAddress() {
  const [, , part = '', id = '', action] = path.value.split('/')
  if (part === 'series') return { part: id ? 'series' : 'new_series', id, isOne: false } as const
  if (id) return { part: action === 'withdrawal' ? action : 'resource', id, isOne: true } as const
  // The paths of types, and of all other pages, are words.
  if (/^[0-9a-f]{8}-/.test(part)) return { part: 'booking', id: part, isOne: true } as const
  return { part: part || 'board', id, isOne: false }
}

const partOf = (name: string) => (Object.hasOwn(parts, name) ? parts[name as PartName] : undefined)

/** Loads the code of what the URL names. */
export function preloadPart(): void {
  partOf(readAddress().part)?.preload()
}

export function Bookings() {
  const { part, id, isOne } = readAddress()
  const Part = isAdmin.value || !ofAdministrators.has(part) ? partOf(part) : undefined
  if (!Part) return <Missing />
  if (!isOne) return <Tabs {...{ part, id, Part }} />
  return <Part key={id} id={id} isManager={false} changed={() => {}} found={() => {}} />
}

function Tabs({ part, id, Part }: { part: string; id: string; Part: ComponentType<PartProps> }) {
  const pending = usePending(part === 'day')
  const { count = 0, manages = false } = pending.data.value ?? {}
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
      <Part
        key={`${part} ${id}`}
        {...{ id, isManager }}
        changed={() => void pending.reload()}
        found={pending.found}
      />
    </>
  )
}
