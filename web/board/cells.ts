import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { hour_ms } from '../../shared/duration.ts'
import { ceilToHour } from '../time.ts'
import type { Row } from './rows.ts'

/** The focused position: a row, and a bar in it; −1: the name of the row. */
interface Cell {
  row: number
  bar: number
}

interface CellOptions {
  rows: Row[]
  /** The rendered rows. */
  range: { first: number; last: number }
  barsOf: (row: Row | undefined) => Allocation[]
  window: TimeSpan
  scroller: RefObject<HTMLElement | null>
  draw: (resource: Resource, span: TimeSpan) => void
  approve: (allocation: Allocation) => void
}

const page = 10

/** The board by keyboard: one stop for Tab, arrows within, as in any grid (ARIA APG). */
export function useCells(options: CellOptions) {
  const { rows, range, barsOf, window, scroller, draw, approve } = options
  const current = useSignal<Cell>({ row: 0, bar: -1 })
  const isWanted = useRef(false)
  const { row, bar } = current.value

  useEffect(() => {
    if (!isWanted.current) return
    const cell = scroller.current?.querySelector<HTMLElement>(`[data-cell="${row}:${bar}"]`)
    // Its row exists once the board has scrolled to it.
    if (!cell) return
    isWanted.current = false
    cell.focus()
  })

  const go = (to: Cell) => {
    const last = Math.max(0, rows.length - 1)
    const index = Math.min(last, Math.max(0, to.row))
    const bars = barsOf(rows[index]).length
    current.value = { row: index, bar: Math.min(bars - 1, Math.max(-1, to.bar)) }
    isWanted.current = true
    show(scroller.current, rows[index])
  }

  const press = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey || event.target instanceof HTMLInputElement) return
    // Bars move as others book, so the focused element, not its index, is authoritative.
    const { row, bar } = cellOf(event.target) ?? current.value
    const there = rows[row]
    const bars = barsOf(there)
    const chosen = bars[bar]
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(beside(row + 1, chosen)),
      ArrowUp: () => go(beside(row - 1, chosen)),
      PageDown: () => go(beside(row + page, chosen)),
      PageUp: () => go(beside(row - page, chosen)),
      ArrowRight: () => go({ row, bar: bar + 1 }),
      ArrowLeft: () => go({ row, bar: bar - 1 }),
      Home: () => go(event.ctrlKey ? { row: 0, bar: -1 } : { row, bar: -1 }),
      End: () => go(event.ctrlKey ? { row: rows.length, bar: -1 } : { row, bar: bars.length - 1 }),
      n: () => there?.kind === 'resource' && draw(there.resource, freeSpan(chosen, window)),
      // A held key was meant for one bar.
      a: () => chosen && !event.repeat && approve(chosen),
    }
    const step = steps[event.key]
    if (!step || (event.ctrlKey && event.key.length === 1)) return
    event.preventDefault()
    step()
  }

  /** The bar in another row that is nearest in time. */
  const beside = (index: number, chosen: Allocation | undefined): Cell => {
    const at = startOf(chosen)
    if (at === undefined) return { row: index, bar: -1 }
    const to = Math.min(rows.length - 1, Math.max(0, index))
    const far = barsOf(rows[to]).map((one) => Math.abs((startOf(one) ?? 0) - at))
    return { row: to, bar: far.indexOf(Math.min(...far)) }
  }

  const focused = (event: FocusEvent) => {
    const cell = cellOf(event.target)
    if (cell && (cell.row !== row || cell.bar !== bar)) current.value = cell
  }

  // The focused position may be missing: then Tab goes to the first one there.
  const isThere = row >= range.first && row <= range.last && bar < barsOf(rows[row]).length
  const stop = isThere ? current.value : { row: range.first, bar: -1 }
  return {
    press,
    focused,
    tabIndexOf: (index: number, at: number): 0 | -1 =>
      index === stop.row && at === stop.bar ? 0 : -1,
  }
}

export type Cells = ReturnType<typeof useCells>

function cellOf(target: EventTarget | null): Cell | undefined {
  const cell = target instanceof Element ? target.closest('[data-cell]') : null
  const [row, bar] = cell?.getAttribute('data-cell')?.split(':').map(Number) ?? []
  return row === undefined || bar === undefined ? undefined : { row, bar }
}

function startOf(allocation: Allocation | undefined): number | undefined {
  return allocation && Date.parse(allocation.from_datetime ?? '1970-01-01')
}

/** An hour after a booking, or on the first morning shown. */
function freeSpan(after: Allocation | undefined, { from }: TimeSpan): TimeSpan {
  const now = new Date()
  const morning = from > now ? from.getTime() + 9 * hour_ms : ceilToHour(now).getTime()
  const at = after?.to_datetime ? Date.parse(after.to_datetime) : morning
  return { from: new Date(at), to: new Date(at + hour_ms) }
}

// Below the scale, which stays.
const head_px = 48

function show(scroller: HTMLElement | null, row: Row | undefined): void {
  if (!scroller || !row) return
  const { scrollTop, clientHeight } = scroller
  const bottom = row.top + row.height + head_px
  if (row.top < scrollTop) scroller.scrollTop = row.top
  else if (bottom > scrollTop + clientHeight) scroller.scrollTop = bottom - clientHeight
}
