import type { SecurityEvent } from '../../shared/schemas/security-event.ts'
import { api } from '../api.ts'
import { download } from '../download.ts'
import { t } from '../i18n.ts'
import { useList } from '../list.ts'
import { readPage } from '../paging.ts'
import { nameOf } from '../people/names.ts'
import { readQuery, setQuery } from '../router.ts'
import { addDays, startOfDay } from '../time.ts'
import { Choice, Field } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { More } from '../ui/more.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notifyError } from '../ui/toast.tsx'
import { describeKind, kinds } from './event-kind.ts'

/** The security log, for administrators. */
export function SecurityPage() {
  const query = readFilter()
  const list = useList(JSON.stringify(query), (cursor) =>
    readPage(api.users.security_events.get({ query: { ...query, ...(cursor && { cursor }) } })),
  )
  const path = `/api/security_events/export?${new URLSearchParams(query)}`
  const save = () => void download(path, 'security-events.csv').catch(notifyError)
  return (
    <>
      <header class="page-head">
        <h1>{t('security.title')}</h1>
        <div class="cluster">
          <a class="button" href="/system">
            {t('page.system')}
          </a>
          <button type="button" onClick={save}>
            <Icon name="download" />
            {t('security.export')}
          </button>
        </div>
      </header>
      <Filters />
      <Loaded query={list.first}>
        {() =>
          list.items.value.length === 0 ? (
            <Empty icon="system" title={t('security.none')} />
          ) : (
            <ul class="rows">
              {list.items.value.map((event) => (
                <Row key={event.id} event={event} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More load={list.more} />
    </>
  )
}

function Filters() {
  const bind = (name: 'kind' | 'from' | 'to') => ({
    value: readQuery(name),
    change: (value: string) => setQuery({ [name]: value }, { replace: true }),
  })
  const actor = readQuery('actor')
  return (
    <div class="toolbar">
      <Choice
        {...bind('kind')}
        label={t('security.kind')}
        options={[
          { value: '', label: t('security.all_kinds') },
          ...kinds.map((kind) => ({ value: kind, label: describeKind(kind) })),
        ]}
      />
      <Field {...bind('from')} label={t('booking.from')} type="date" />
      <Field {...bind('to')} label={t('booking.to')} type="date" />
      {actor && (
        <button type="button" onClick={() => setQuery({ actor: undefined })}>
          <Icon name="close" />
          {describeActor(actor)}
        </button>
      )}
    </div>
  )
}

function Row({ event }: { event: SecurityEvent }) {
  const { at, count, kind, actor, user_id, detail } = event
  const isAboutOther = user_id !== null && user_id !== actor
  return (
    <li>
      <div class="grow">
        <b>{describeKind(kind)}</b>{' '}
        {count > 1 && <span class="badge">{t('security.times', { count })}</span>}
        <br />
        <span class="soft">
          <Time at={at} />,{' '}
          <a href={`/system/security?actor=${encodeURIComponent(actor)}`}>{describeActor(actor)}</a>
          {isAboutOther && ` → ${nameOf(user_id)}`}
          {detail && 'from' in detail && ` (${String(detail.from)} → ${String(detail.to)})`}
        </span>
      </div>
    </li>
  )
}

function describeActor(actor: string): string {
  if (actor === 'anonymous') return t('security.stranger')
  if (actor === 'system' || actor.startsWith('service:')) return t('security.system')
  return nameOf(actor) || '…'
}

function readFilter(): Record<string, string> {
  const day = (name: string, days: number) => {
    const value = readQuery(name)
    return value && addDays(startOfDay(new Date(`${value}T00:00`)), days).toISOString()
  }
  // The last day is included.
  const [from, to] = [day('from', 0), day('to', 1)]
  const [kind, actor] = [readQuery('kind'), readQuery('actor')]
  const given = Object.entries({ kind, actor, from, to })
  return Object.fromEntries(given.filter(([, value]) => value !== ''))
}
