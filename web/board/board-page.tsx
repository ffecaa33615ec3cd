import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { Agenda } from '../bookings/agenda.tsx'
import { isOfBooking, stateOf } from '../bookings/bar.ts'
import type { Draft } from '../bookings/booking-dialog.tsx'
import { BookingDialog } from '../bookings/lazy-dialogs.ts'
import { typeOf, type TimeSpan } from '../bookings/inventory.ts'
import { bookingTexts } from '../bookings/texts.ts'
import { fitToGrid, moveToGrid, viewNames, windowOf, type ViewName } from '../bookings/span.ts'
import { addTexts, t } from '../i18n.ts'
import { lazy } from '../lazy.tsx'
import { readQuery } from '../router.ts'
import { isAdmin } from '../session/session.ts'
import { hour_ms } from '../../shared/duration.ts'
import { ceilToHour, startOfDay } from '../time.ts'
import { Empty, Failure, Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { approveShown, findShown } from './booking-of.ts'
import { useBoard, type Board } from './board.ts'
import type { Drawn } from './gesture.ts'
import type { Misfit } from './misfit-dialog.tsx'
import { moveShown } from './move.ts'
import { Legend, Toolbar } from './toolbar.tsx'
import { Timeline } from './timeline.tsx'

const ByRulesDialog = lazy(() => import('./by-rules-dialog.tsx').then(({ load }) => load()))
const MisfitDialog = lazy(() =>
  import('./misfit-dialog.tsx').then(({ MisfitDialog: Dialog }) => Dialog),
)

// A timeline needs room; a list does not.
const isNarrow = matchMedia('(width < 40rem)')

/** The subject of an open dialog. */
type Opened =
  | { kind: 'form'; draft: Draft }
  | { kind: 'by-rules'; id: string; allocation: Allocation }
  | { kind: 'misfit'; misfit: Misfit }

/** Bookings, as a timeline or as a list. */
export function BoardPage() {
  const view = readView()
  const date = readDate()
  const window = windowOf(view, date)
  const board = useBoard({ type: readQuery('type'), text: readQuery('name').trim(), window })
  const opened = useSignal<Opened | undefined>(undefined)
  const { shown, resources } = board
  const all = resources.data.value ?? []
  const types = [...new Set(all.map(({ resource_type }) => resource_type))]
  const start = () => {
    opened.value = { kind: 'form', draft: { resource: shown[0], span: nextHour(date) } }
  }
  return (
    <>
      <Toolbar {...{ view, date, window, types }} book={start} canBook={shown.length > 0} />
      <Loaded query={resources}>
        {() =>
          shown.length > 0 ? <Rows {...{ board, view, window, opened }} /> : <None all={all} />
        }
      </Loaded>
      <Dialogs board={board} opened={opened} />
    </>
  )
}

interface OpenedSignal {
  value: Opened | undefined
}

interface RowsProps {
  board: Board
  view: ViewName
  window: TimeSpan
  opened: OpenedSignal
}

function Rows({ board, view, window, opened }: RowsProps) {
  const { rows, shown, booked, isReady, out, people } = board
  useEffect(() => BookingDialog.preload(), [])
  const open = useOpen(board, window, opened)
  const draw = async (resource: Resource, span: TimeSpan) => {
    const draft = { resource, span: fitToGrid(span, await typeOf(resource)) }
    opened.value = { kind: 'form', draft }
  }
  const move = async (allocation: Allocation, to: Resource, drawn: Drawn) => {
    const from = shown.find(({ id }) => id === allocation.resource_id)
    if (!from) return
    const fit = drawn.kind === 'move' ? moveToGrid : fitToGrid
    const span = fit(drawn.span, await typeOf(to))
    const misfit = await moveShown({ allocation, from, to, span })
    if (misfit) opened.value = { kind: 'misfit', misfit }
    await board.reloadRows([from.id, to.id])
  }
  const approve = async (allocation: Allocation) => {
    if (stateOf(allocation, out) !== 'requested') return
    try {
      const { title } = await approveShown(allocation)
      await addTexts(bookingTexts)
      notify(t('requests.approved', { title }))
    } catch (error) {
      notifyError(error)
    }
    await board.reloadRows([allocation.resource_id])
  }
  const withNotice = (work: Promise<void>) => work.catch(notifyError)
  return (
    <>
      {rows.error.value !== undefined && (
        <Failure error={rows.error.value} retry={() => void rows.reload()} />
      )}
      {view === 'list' ? (
        <Agenda
          {...{ window, open, out }}
          resources={shown}
          allocations={shown.flatMap(({ id }) => booked.get(id) ?? [])}
          loading={!isReady}
        />
      ) : (
        <Timeline
          {...{ view, window, booked, out, open, people }}
          resources={shown}
          draw={(resource, span) => void withNotice(draw(resource, span))}
          move={(allocation, to, drawn) => withNotice(move(allocation, to, drawn))}
          approve={(allocation) => void withNotice(approve(allocation))}
        />
      )}
      <Legend hasKeys={view !== 'list'} />
    </>
  )
}

/** Opens a booking on click: its form, or what the rules leave of it. */
function useOpen({ shown }: Board, window: TimeSpan, opened: OpenedSignal) {
  const find = async (allocation: Allocation) => {
    const id = isOfBooking(allocation) && (await findShown(allocation))?.id
    if (id) return void (opened.value = { kind: 'by-rules', id, allocation })
    const { from_datetime, to_datetime, resource_id } = allocation
    const from = new Date(from_datetime ?? window.from)
    const span = { from, to: new Date(to_datetime ?? from.getTime() + hour_ms) }
    const resource = shown.find((one) => one.id === resource_id)
    opened.value = { kind: 'form', draft: { allocation, span, resource } }
  }
  return (allocation: Allocation) => void find(allocation).catch(notifyError)
}

function Dialogs({ board, opened }: { board: Board; opened: OpenedSignal }) {
  const one = opened.value
  if (!one) return null
  // Filtered-out resources can be booked all the same.
  const all = board.resources.data.value ?? []
  const close = () => (opened.value = undefined)
  const changed = (...ids: string[]) => board.reloadRows(ids).catch(notifyError)
  if (one.kind === 'form') {
    const done = (id: string) => void changed(id)
    return <BookingDialog draft={one.draft} resources={all} {...{ close, done }} />
  }
  if (one.kind === 'by-rules') {
    const done = () => changed(one.allocation.resource_id)
    const { id } = one
    return <ByRulesDialog {...{ id, close, done }} />
  }
  const { misfit } = one
  const retry = async (to: Resource, span: TimeSpan) => {
    close()
    const next = await moveShown({ ...misfit, to, span })
    if (next) opened.value = { kind: 'misfit', misfit: next }
    await changed(misfit.from.id, to.id)
  }
  return <MisfitDialog {...{ misfit, close }} retry={(to, span) => void retry(to, span)} />
}

function None({ all }: { all: Resource[] }) {
  if (all.length === 0 && isAdmin.value) {
    return (
      <Empty icon="bookings" title={t('board.first_day')}>
        <p>{t('board.first_day_text')}</p>
        <a class="button primary" href="/bookings/setup">
          {t('board.set_up')}
        </a>
      </Empty>
    )
  }
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

/** The next full hour if today is shown, otherwise nine in the morning. */
function nextHour(date: Date): TimeSpan {
  const now = new Date()
  const isToday = startOfDay(now).getTime() === date.getTime()
  const from = isToday ? ceilToHour(now) : new Date(date.getTime() + 9 * hour_ms)
  return { from, to: new Date(from.getTime() + hour_ms) }
}
