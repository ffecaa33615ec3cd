import { isLive } from '../bookings/follow.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { step, viewNames, type ViewName } from '../bookings/span.ts'
import { nameType } from '../bookings/type-name.ts'
import { t } from '../i18n.ts'
import { readQuery, setQuery } from '../router.ts'
import { formatDays, formatTime, toInputDate } from '../time.ts'
import { Segments } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { notifyError } from '../ui/toast.tsx'

interface ToolbarProps {
  view: ViewName
  date: Date
  window: TimeSpan
  /** The available ones. */
  types: string[]
  book: () => void
  canBook: boolean
}

export function Toolbar({ view, date, window, types, book, canBook }: ToolbarProps) {
  const go = (to: Date) => setQuery({ date: toInputDate(to) })
  return (
    <>
      <div class="toolbar">
        <div class="cluster">
          <button type="button" onClick={() => go(new Date())}>
            {t('board.today')}
          </button>
          <button type="button" class="square" onClick={() => go(step(view, date, -1))}>
            <Icon name="previous" />
            <span class="visually-hidden">{t('board.earlier')}</span>
          </button>
          <button type="button" class="square" onClick={() => go(step(view, date, 1))}>
            <Icon name="next" />
            <span class="visually-hidden">{t('board.later')}</span>
          </button>
          <h2 aria-live="polite">{nameWindow(view, window)}</h2>
        </div>
        <div class="cluster push">
          <Segments
            label={t('board.view')}
            value={view}
            change={(wanted) => setQuery({ view: wanted })}
            options={viewNames.map((value) => ({ value, label: t(`view.${value}`) }))}
          />
          <button type="button" class="primary" onClick={book} disabled={!canBook}>
            <Icon name="plus" />
            {t('booking.new')}
          </button>
        </div>
      </div>
      <div class="toolbar filters">
        <Filters types={types} />
        <button type="button" class="push" onClick={() => void share(window).catch(notifyError)}>
          <Icon name="download" />
          CSV
        </button>
      </div>
    </>
  )
}

/** A file of what is shown. */
async function share(window: TimeSpan): Promise<void> {
  const { exportBookings } = await import('../manage/usage-page.tsx')
  await exportBookings(window, readQuery('type'))
}

function Filters({ types }: { types: string[] }) {
  return (
    <div class="cluster">
      <select
        aria-label={t('board.type')}
        value={readQuery('type')}
        onChange={(event) => setQuery({ type: event.currentTarget.value })}
      >
        <option value="">{t('board.all_types')}</option>
        {types.map((name) => (
          <option key={name} value={name}>
            {nameType({ name, plural: name })}
          </option>
        ))}
      </select>
      <input
        type="search"
        aria-label={t('board.filter')}
        placeholder={t('board.filter_by')}
        value={readQuery('name')}
        maxLength={100}
        onInput={(event) => setQuery({ name: event.currentTarget.value }, { replace: true })}
      />
    </div>
  )
}

/** The legend of signs and keys, and whether the board is up to date. */
export function Legend({ hasKeys }: { hasKeys: boolean }) {
  return (
    <>
      <p class="legend">
        <span class="swatch" /> {t('booking_state.confirmed')}
        <span class="swatch own" /> {t('legend.own')}
        <span class="swatch requested">?</span> {t('booking_state.requested')}
        <span class="swatch out">▸</span> {t('booking_state.checked_out')}
        <span class="swatch late">!</span> {t('booking_state.late')}
        <span class="swatch blocked">×</span> {t('legend.blocked')}
        <span class={`badge push ${isLive.value ? 'good' : ''}`}>
          {t(isLive.value ? 'board.live' : 'board.not_live')}
        </span>
      </p>
      {hasKeys && <p class="soft keys">{t('board.keys')}</p>}
    </>
  )
}

function nameWindow(view: ViewName, { from, to }: TimeSpan): string {
  if (view === 'day') return formatTime(from, 'date')
  return formatDays(from, new Date(to.getTime() - 1))
}
