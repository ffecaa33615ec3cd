import type { ComponentChildren } from 'preact'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { describeError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { Icon, type IconName } from './icon.tsx'
import type { Query } from '../query.ts'

/** Shown after a moment only, so that quick responses do not flicker. */
export function Loading() {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">{t('state.loading')}</span>
      <i /> <i /> <i />
    </div>
  )
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="notice failure" role="alert">
      <p>{describeError(error)}</p>
      {retry && (
        <button type="button" onClick={retry}>
          {t('state.retry')}
        </button>
      )}
    </div>
  )
}

interface EmptyProps {
  icon: IconName
  title: string
  children?: ComponentChildren
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** The page of an unknown URL: mistyped, not permitted, or removed. */
export function Missing() {
  return (
    <div class="empty">
      <Icon name="search" />
      <h1>{t('shell.no_page')}</h1>
      <p>{t('shell.no_page_text')}</p>
      <a class="button" href="/bookings">
        {t('page.bookings')}
      </a>
    </div>
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof ProblemError && [404, 422].includes(error.status)
}

interface LoadedProps<T> {
  query: Query<T>
  children: (data: T) => ComponentChildren
}

/** The state of a query: loading, failed, or its data. */
export function Loaded<T>({ query, children }: LoadedProps<T>) {
  const data = query.data.value
  const error = query.error.value
  if (data === undefined) {
    if (error === undefined) return <Loading />
    if (isMissing(error)) return <Missing />
    return <Failure error={error} retry={query.reload} />
  }
  return (
    <>
      {error !== undefined && <Failure error={error} retry={query.reload} />}
      {children(data)}
    </>
  )
}
