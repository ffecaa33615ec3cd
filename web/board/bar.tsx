import type { Allocation } from '../../shared/schemas/allocation.ts'
import { mayChange, nameBar, partsOf, signOf, stateOf, type BarState } from '../bookings/bar.ts'
import { describeBusy } from '../bookings/buffers.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { boundsOf, clip, describeSpan } from '../bookings/span.ts'
import { user } from '../session/session.ts'
import { describeElsewhere } from '../time.ts'
import { placeOf } from './scale.ts'

// Room for a name, initials, a sign; in pixels.
const nameMin = 72
const initialsMin = 30
// Text beside a bar needs this much, and shows no more.
const besideMin = 64
const besideMax = 220
const gap = 8
// Narrower bars are too small to be grabbed by an edge.
const edgesMin = 26

interface BarProps {
  allocation: Allocation
  /** Its neighbours in the row. */
  before: Allocation | undefined
  next: Allocation | undefined
  /** The resource's. */
  name: string
  zone: string
  window: TimeSpan
  /** The width of the whole window, in pixels. */
  width: number
  out: ReadonlySet<string>
  /** Not of the person that the filter is about. */
  isBeside: boolean
  /** Being moved: also shown at its target. */
  isLifted: boolean
  /** Its position for the focus: `4:2`, row and bar. */
  cell: string
  tabIndex: 0 | -1
  open: (allocation: Allocation) => void
}

/** One booking in its row. */
export function Bar({ allocation, before, next, ...props }: BarProps) {
  const { name, zone, window, width, out, ...rest } = props
  const state = stateOf(allocation, out)
  const isOwn = allocation.booked_for === user.value?.id
  const { left, size } = placeIn(allocation, window)
  const room = size * width
  const end = next ? placeIn(next, window).left : 1
  const last = before && placeIn(before, window)
  const beside = {
    after: (end - left - size) * width - gap,
    // Unless there is a short one before it.
    before:
      last && last.size * width < nameMin
        ? 0
        : (left - (last ? last.left + last.size : 0)) * width - gap,
  }
  const busy = describeBusy(allocation)
  const elsewhere = describeElsewhere(boundsOf(allocation), zone)
  const what = [name, nameBar(allocation, state), describeSpan(allocation), elsewhere, busy]
  const words = what.filter(Boolean).join(', ')
  const { from_infinity, to_infinity } = allocation
  const looks = [
    'event',
    `is-${state}`,
    isOwn && 'is-own',
    isMovable(allocation) && 'is-movable',
    rest.isBeside && 'is-beside',
    rest.isLifted && 'is-lifted',
    from_infinity && 'no-start',
    to_infinity && 'no-end',
  ]
  return (
    <button
      class={looks.filter(Boolean).join(' ')}
      type="button"
      role="gridcell"
      data-cell={rest.cell}
      data-id={allocation.id}
      tabIndex={rest.tabIndex}
      aria-label={words}
      title={words}
      style={{ left: `${left * 100}%`, width: `${size * 100}%` }}
      onClick={() => rest.open(allocation)}
    >
      <Label {...{ allocation, state, room, beside }} />
      {isMovable(allocation) && room >= edgesMin && (
        <>
          {isSeen(allocation.from_datetime, window) && !isOut(state) && <i class="edge start" />}
          {isSeen(allocation.to_datetime, window) && <i class="edge end" />}
        </>
      )}
    </button>
  )
}

interface LabelProps {
  allocation: Allocation
  state: BarState
  /** Room inside, after and before it, in pixels. */
  room: number
  beside: { after: number; before: number }
}

/** What fits in the bar or beside it: who and what for, initials, a sign. */
function Label({ allocation, state, room, beside }: LabelProps) {
  const sign = signOf(state)
  const { who, what } = partsOf(allocation)
  const all = (
    <>
      <b>{who}</b> {what}
    </>
  )
  if (room >= nameMin) {
    return (
      <span>
        {sign && <i aria-hidden="true">{sign} </i>}
        {all}
      </span>
    )
  }
  const isBefore = beside.after < besideMin
  const free = Math.min(besideMax, isBefore ? beside.before : beside.after)
  const isBeside = free >= besideMin
  return (
    <>
      <i aria-hidden="true">{sign || (room < initialsMin || isBeside ? '' : initialsOf(who))}</i>
      {isBeside && (
        <span class={`beside ${isBefore ? 'before' : ''}`} style={{ maxWidth: `${free}px` }}>
          {all}
        </span>
      )}
    </>
  )
}

function initialsOf(name: string): string {
  const words = name.split(/\s+/)
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => word?.slice(0, 1) ?? '')
    .join('')
}

// A bound outside the window cannot be dragged.
function isSeen(bound: string | null, { from, to }: TimeSpan): boolean {
  const at = Date.parse(bound ?? '')
  return at >= from.getTime() && at <= to.getTime()
}

const isOut = (state: BarState) => state === 'out' || state === 'late'

/** Whether its bounds can be dragged; an unbounded one is changed in a form. */
function isMovable(allocation: Allocation): boolean {
  return !allocation.from_infinity && !allocation.to_infinity && mayChange(allocation)
}

/** The buffer around a booking, which cannot be booked. */
export function Turnaround({ allocation, window }: { allocation: Allocation; window: TimeSpan }) {
  const { from_datetime, to_datetime, busy_from, busy_to } = allocation
  const spans = [
    { from_datetime: busy_from, to_datetime: from_datetime },
    { from_datetime: to_datetime, to_datetime: busy_to },
  ]
  return (
    <>
      {spans.map((span, at) => {
        if (!span.from_datetime || !span.to_datetime) return null
        const { left, size } = placeIn(
          { from_datetime: span.from_datetime, to_datetime: span.to_datetime },
          window,
        )
        if (size <= 0) return null
        const style = { left: `${left * 100}%`, width: `${size * 100}%` }
        return <i key={at} class="turnaround" aria-hidden="true" style={style} />
      })}
    </>
  )
}

/** Its start and length as fractions of the window. */
function placeIn(span: Pick<Allocation, 'from_datetime' | 'to_datetime'>, window: TimeSpan) {
  const { from, to } = clip(span, window)
  const left = placeOf(from.getTime(), window)
  return { left, size: placeOf(to.getTime(), window) - left }
}
