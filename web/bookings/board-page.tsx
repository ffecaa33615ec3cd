import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { plural, t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { useQuery } from '../query.ts'
import { navigate, readQuery, setQuery } from '../router.ts'
import { formatDays, formatTime, hour_ms, startOfDay, toInputDate } from '../time.ts'
import { Segments } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Failure, Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import { Agenda } from './agenda.tsx'
import { findBookingId, isOfBooking } from './bar.ts'
import { useBoard, type Board } from './board.ts'
import type { Draft } from './booking-dialog.tsx'
import { move } from './change.ts'
import { isLive } from './follow.ts'
import { listTypes, typeOf, type Window } from './inventory.ts'
import { fitToGrid, step, viewNames, windowOf, type ViewName } from './span.ts'
import { nameType } from './type-name.ts'

const BookingDialog = lazy(() =>
  import('./booking-dialog.tsx').then(({ BookingDialog: Dialog }) => Dialog),
)
const Timeline = lazy(() => import('./timeline.tsx').then(({ Timeline }) => Timeline))

// A timeline needs room; a list does not.
const isNarrow = matchMedia('(width < 40rem)')

/** What is booked, when: as a timeline or as a list. */
export function BoardPage() {
  const view = readView()
  if (view !== 'list') Timeline.preload()
  useEffect(() => BookingDialog.preload(), [])
  const date = readDate()
  const window = windowOf(view, date)
  const board = useBoard({ type: readQuery('type'), name: readQuery('name'), window })
  const draft = useSignal<Draft | undefined>(undefined)
  const { shown } = board

  const draw = async (resource: Resource, span: Window) => {
    draft.value = { resource, span: fitToGrid(span, await typeOf(resource)) }
  }
  const open = async (allocation: Allocation) => {
    const bookingId = isOfBooking(allocation) && (await findBookingId(allocation))
    if (bookingId) return navigate(`/bookings/${bookingId}`)
    const { from_datetime, to_datetime, resource_id } = allocation
    const from = new Date(from_datetime ?? window.from)
    const span = { from, to: new Date(to_datetime ?? from.getTime() + hour_ms) }
    draft.value = { allocation, span, resource: shown.find(({ id }) => id === resource_id) }
  }
  const start = () => (draft.value = { resource: shown[0], span: nextHour(date) })

  return (
    <>
      <Toolbar view={view} date={date} window={window} book={start} canBook={shown.length > 0} />
      <Loaded query={board.resources}>
        {() =>
          shown.length > 0 ? (
            <Rows
              {...{ board, view, date, window, draw }}
              open={(one) => void open(one).catch(notifyError)}
            />
          ) : (
            <None />
          )
        }
      </Loaded>
      {draft.value && (
        <BookingDialog
          draft={draft.value}
          resources={shown}
          close={() => (draft.value = undefined)}
          done={(id) => void board.reloadRow(id).catch(notifyError)}
        />
      )}
    </>
  )
}

interface RowsProps {
  board: Board
  view: ViewName
  date: Date
  window: Window
  draw: (resource: Resource, span: Window) => Promise<void>
  open: (allocation: Allocation) => void
}

function Rows({ board, view, date, window, draw, open }: RowsProps) {
  const { rows, shown, hidden, out } = board
  const allocations = board.allocations.value
  const drop = async (allocation: Allocation, to: Resource, drawn: Window) => {
    const from = shown.find(({ id }) => id === allocation.resource_id)
    if (!from) return false
    const won = await move({ allocation, from, to, span: fitToGrid(drawn, await typeOf(to)) })
    for (const { id } of new Set([from, to])) await board.reloadRow(id).catch(notifyError)
    return won
  }
  return (
    <>
      {rows.error.value !== undefined && (
        <Failure error={rows.error.value} retry={() => void rows.reload()} />
      )}
      {view === 'list' ? (
        <Agenda
          {...{ allocations, window, open }}
          resources={shown}
          loading={rows.loading.value && allocations.length === 0}
        />
      ) : (
        <Timeline
          {...{ view, date, window, allocations, out, open }}
          resources={shown}
          draw={(resource, span) => void draw(resource, span)}
          move={drop}
        />
      )}
      {hidden > 0 && <p class="soft">{plural('board.hidden', hidden)}</p>}
      <Legend />
    </>
  )
}

interface ToolbarProps {
  view: ViewName
  date: Date
  window: Window
  book: () => void
  canBook: boolean
}

function Toolbar({ view, date, window, book, canBook }: ToolbarProps) {
  const go = (to: Date) => setQuery({ date: toInputDate(to) })
  return (
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
      <Filters />
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
  )
}

function Filters() {
  const types = useQuery('types', listTypes)
  return (
    <div class="cluster">
      <select
        aria-label={t('board.type')}
        value={readQuery('type')}
        onChange={(event) => setQuery({ type: event.currentTarget.value })}
      >
        <option value="">{t('board.all_types')}</option>
        {types.data.value?.map((type) => (
          <option key={type.name} value={type.name}>
            {nameType(type)}
          </option>
        ))}
      </select>
      <input
        type="search"
        aria-label={t('board.by_name')}
        placeholder={t('board.by_name')}
        value={readQuery('name')}
        onInput={(event) => setQuery({ name: event.currentTarget.value }, { replace: true })}
      />
    </div>
  )
}

function Legend() {
  return (
    <p class="legend">
      <span class="swatch own" /> {t('legend.own')}
      <span class="swatch foreign" /> {t('legend.foreign')}
      <span class="swatch requested">?</span> {t('booking_state.requested')}
      <span class="swatch out">▸</span> {t('booking_state.checked_out')}
      <span class="swatch late">!</span> {t('booking_state.late')}
      <span class="swatch blocked" /> {t('legend.blocked')}
      <span class={`badge push ${isLive.value ? 'good' : ''}`}>
        {t(isLive.value ? 'board.live' : 'board.not_live')}
      </span>
    </p>
  )
}

function None() {
  return (
    <Empty icon="bookings" title={t('board.empty')}>
      <p>{t('board.empty_text')}</p>
      <a class="button" href="/bookings/resources">
        {t('resources.title')}
      </a>
    </Empty>
  )
}

function readView(): ViewName {
  const named = readQuery('view')
  return viewNames.find((name) => name === named) ?? (isNarrow.matches ? 'list' : 'week')
}

function readDate(): Date {
  const named =
    /^\d{4}-\d{2}-\d{2}$/.test(readQuery('date')) && new Date(`${readQuery('date')}T00:00`)
  return named && !Number.isNaN(named.getTime()) ? named : startOfDay(new Date())
}

function nameWindow(view: ViewName, { from, to }: Window): string {
  if (view === 'day') return formatTime(from, 'date')
  return formatDays(from, new Date(to.getTime() - 1))
}

/** The next full hour of the day shown, or nine in the morning when that is another day. */
function nextHour(date: Date): Window {
  const now = new Date()
  const isToday = startOfDay(now).getTime() === date.getTime()
  const at = isToday ? Math.ceil(now.getTime() / hour_ms) * hour_ms : date.getTime() + 9 * hour_ms
  return { from: new Date(at), to: new Date(at + hour_ms) }
}
