import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { rowAt, type Row } from './rows.ts'
import { addUnits, floorToUnit, timeAt, toUnits, type TimelineView } from './scale.ts'

type ResourceRow = Row & { kind: 'resource' }

/** The preview of a booking being drawn, moved or resized. */
export interface Gesture {
  kind: 'draw' | 'move' | 'start' | 'end'
  row: ResourceRow
  span: TimeSpan
  /** Undefined while drawing. */
  allocation?: Allocation
  /** Dropped: it stays until the result is known. */
  isSent?: boolean
}

export type Drawn = Pick<Gesture, 'kind' | 'span'>

interface GestureOptions {
  rows: Row[]
  window: TimeSpan
  view: TimelineView
  findBar: (id: string) => Allocation | undefined
  draw: (resource: Resource, span: TimeSpan) => void
  /** Awaited before a moved bar appears at its new place. */
  move: (allocation: Allocation, to: Resource, drawn: Drawn) => Promise<void>
}

// Tolerates a shaky hand.
const slack_px = 4
// Scrolls near the edge.
const edge_px = 28
const scroll_px = 14

interface Begun {
  kind: Gesture['kind']
  x: number
  y: number
  at: number
  row: ResourceRow
  allocation: Allocation | undefined
  hasMoved: boolean
}

/** Drawing, moving and resizing by mouse or pen. Touch scrolls, and a tap opens the form. */
export function useGesture(options: GestureOptions) {
  const latest = useRef(options)
  latest.current = options
  const gesture = useSignal<Gesture | undefined>(undefined)
  const begun = useRef<Begun | undefined>(undefined)
  // The click after dropping opens nothing.
  const skipClick = useRef(false)

  // It follows immediately or not at all.
  const ignoreClick = () => {
    skipClick.current = true
    setTimeout(() => (skipClick.current = false))
  }
  const stop = () => {
    begun.current = undefined
    gesture.value = undefined
  }
  useEffect(() => {
    const press = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape' || !begun.current) return
      ignoreClick()
      stop()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])

  const down = (event: PointerEvent) => {
    skipClick.current = false
    const target = event.target instanceof Element ? event.target : undefined
    const track = target?.closest('.track')
    const row = rowUnder(event)
    const isBusy = gesture.value !== undefined
    if (!track || !row || isBusy || event.button !== 0 || event.pointerType === 'touch') return
    const bar = target?.closest('.event')
    const allocation = bar ? latest.current.findBar(bar.getAttribute('data-id') ?? '') : undefined
    if (bar && !bar.classList.contains('is-movable')) return
    begun.current = {
      kind: kindOf(target, bar),
      x: event.clientX,
      y: event.clientY,
      at: timeUnder(event, track),
      row,
      allocation,
      hasMoved: false,
    }
  }

  const rowUnder = (event: PointerEvent): ResourceRow | undefined => {
    const body = event.currentTarget
    if (!(body instanceof HTMLElement)) return undefined
    const { rows } = latest.current
    const row = rows[rowAt(rows, event.clientY - body.getBoundingClientRect().top)]
    return row?.kind === 'resource' ? row : undefined
  }

  const timeUnder = (event: PointerEvent, track: Element) => {
    const { left, width } = track.getBoundingClientRect()
    return timeAt((event.clientX - left) / width, latest.current.window)
  }

  const moved = (event: PointerEvent) => {
    const from = begun.current
    const body = event.currentTarget
    if (!from || !(body instanceof HTMLElement)) return
    if (event.buttons === 0) return stop()
    const far = Math.hypot(event.clientX - from.x, event.clientY - from.y)
    if (!from.hasMoved && far < slack_px) return
    from.hasMoved = true
    body.setPointerCapture(event.pointerId)
    event.preventDefault()
    scrollAlong(body.parentElement, event.clientY)
    gesture.value = toGesture(from, event) ?? gesture.value
  }

  const toGesture = ({ allocation, at, kind, row }: Begun, event: PointerEvent) => {
    const { window, view } = latest.current
    const body = event.currentTarget
    const track = body instanceof HTMLElement && body.querySelector('.track')
    if (!track) return undefined
    const now = timeUnder(event, track)
    if (!allocation) return { kind, row, span: spanBetween(at, now, view) }
    const part = (now - at) / (window.to.getTime() - window.from.getTime())
    const to = kind === 'move' ? (rowUnder(event) ?? gesture.value?.row ?? row) : row
    const span = shifted(allocation, { kind, view, units: toUnits(part, window, view) })
    return { kind, row: to, allocation, span }
  }

  const up = async () => {
    const [from, done] = [begun.current, gesture.value]
    begun.current = undefined
    if (!from) return
    const { draw, move, view } = latest.current
    if (!from.hasMoved) {
      // One unit, if nothing has been drawn yet.
      if (!from.allocation) draw(from.row.resource, spanBetween(from.at, from.at, view))
      return
    }
    ignoreClick()
    if (!done) return
    if (!done.allocation) {
      stop()
      return draw(done.row.resource, done.span)
    }
    gesture.value = { ...done, isSent: true }
    const { kind, span } = done
    await move(done.allocation, done.row.resource, { kind, span }).finally(stop)
  }

  return {
    gesture: gesture.value,
    handlers: {
      onPointerDown: down,
      onPointerMove: moved,
      onPointerUp: () => void up(),
      onPointerCancel: stop,
    },
    /** Whether a click ends a gesture. */
    isEnd: () => skipClick.current,
  }
}

function kindOf(target: Element | undefined, bar: Element | null | undefined): Gesture['kind'] {
  if (!bar) return 'draw'
  if (!target?.classList.contains('edge')) return 'move'
  return target.classList.contains('start') ? 'start' : 'end'
}

function scrollAlong(scroller: HTMLElement | null, y: number): void {
  if (!scroller) return
  const { top, bottom } = scroller.getBoundingClientRect()
  if (y > bottom - edge_px) scroller.scrollTop += scroll_px
  else if (y < top + 2 * edge_px) scroller.scrollTop -= scroll_px
}

/** The units between two, at least the one containing both. */
function spanBetween(a: number, b: number, view: TimelineView): TimeSpan {
  const from = floorToUnit(Math.min(a, b), view)
  const last = floorToUnit(Math.max(a, b, from.getTime() + 1) - 1, view)
  return { from, to: addUnits(last, 1, view) }
}

/** The bounds keep their minutes: only the distance is in whole units. */
function shifted(
  { from_datetime, to_datetime }: Allocation,
  { kind, units, view }: { kind: Gesture['kind']; units: number; view: TimelineView },
): TimeSpan {
  const [from, to] = [new Date(from_datetime ?? 0), new Date(to_datetime ?? 0)]
  const by = (at: Date) => addUnits(at, units, view)
  if (kind === 'move') {
    const start = by(from)
    // Calendar days do not all have 24 hours.
    const end = view === 'month' ? by(to) : start.getTime() + to.getTime() - from.getTime()
    return { from: start, to: new Date(end) }
  }
  const next = kind === 'start' ? { from: by(from), to } : { from, to: by(to) }
  // Never reversed: at least one unit remains.
  if (next.from < next.to) return next
  return kind === 'start'
    ? { from: addUnits(to, -1, view), to }
    : { from, to: addUnits(from, 1, view) }
}
