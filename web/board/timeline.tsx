import { useSignal } from '@preact/signals'
import { useMemo, useRef } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import type { TimeSpan } from '../bookings/inventory.ts'
import { nameType } from '../bookings/type-name.ts'
import { formatNumber, locale, t } from '../i18n.ts'
import { adoptStyle } from '../style/adopt.ts'
import { describeElsewhere, formatRange } from '../time.ts'
import { Bar, Turnaround } from './bar.tsx'
import type { Booked } from './board.ts'
import { useCells, type Cells } from './cells.ts'
import { useGesture, type Drawn, type Gesture } from './gesture.ts'
import { heightOf, layRows, type Row } from './rows.ts'
import { listTicks, placeOf, type Tick, type TimelineView } from './scale.ts'
import css from './timeline.css' with { type: 'text' }
import { useViewport } from './viewport.ts'

export interface TimelineProps {
  view: TimelineView
  window: TimeSpan
  resources: Resource[]
  booked: Booked
  /** Checked-out bookings, for `stateOf`. */
  out: ReadonlySet<string>
  /** The people the filter matches; empty: everybody. */
  people: ReadonlySet<string>
  draw: (resource: Resource, span: TimeSpan) => void
  open: (allocation: Allocation) => void
  approve: (allocation: Allocation) => void
  /** Awaited; until then a moved bar is shown at its target. */
  move: (allocation: Allocation, to: Resource, drawn: Drawn) => Promise<void>
}

const nothing: Allocation[] = []

/**
 * Resources down, time across. Only visible rows are rendered, so their number does not matter.
 * Everything that can be drawn here can also be entered in a form.
 */
export function Timeline(props: TimelineProps) {
  adoptStyle(css)
  const { view, window, resources, booked, draw, move, open, approve } = props
  const scroller = useRef<HTMLDivElement>(null)
  const closed = useSignal<ReadonlySet<string>>(new Set())
  const { first, last, width, heights } = useViewport(scroller)
  const rows = useMemo(
    () => layRows(resources, closed.value, heights),
    [resources, closed.value, heights.resource],
  )
  // An unchanged list must not re-render its bars.
  const seen = useMemo(() => new Map<string, Allocation[]>(), [booked, window.from.getTime(), view])
  const barsOf = (row: Row | undefined) => {
    if (row?.kind !== 'resource') return nothing
    const { id } = row.resource
    const bars = seen.get(id) ?? seenIn(booked.get(id) ?? nothing, window)
    seen.set(id, bars)
    return bars
  }
  const findBar = (id: string) => {
    for (const all of booked.values()) {
      const found = all.find((one) => one.id === id)
      if (found) return found
    }
    return undefined
  }
  const { gesture, handlers, isEnd } = useGesture({ rows, window, view, findBar, draw, move })
  const range = { first: first(rows), last: last(rows) }
  const cells = useCells({ rows, range, barsOf, window, scroller, draw, approve })
  const ticks = useMemo(() => listTicks(window, view), [window.from.getTime(), view, locale.value])
  const toggle = (type: string) => {
    const next = new Set(closed.value)
    if (!next.delete(type)) next.add(type)
    closed.value = next
  }
  const near = rows.slice(range.first, range.last + 1)
  return (
    <div class={`board ${view}`} ref={scroller}>
      <Scale ticks={ticks} />
      <div
        class="board-body"
        role="grid"
        aria-label={t('board.title')}
        aria-rowcount={rows.length}
        style={{ height: `${heightOf(rows)}px` }}
        onKeyDown={cells.press}
        onFocusCapture={cells.focused}
        {...handlers}
      >
        <Lines ticks={ticks} window={window} />
        {near.map((row, at) =>
          row.kind === 'type' ? (
            <TypeRow
              key={row.type}
              row={row}
              index={range.first + at}
              cells={cells}
              isOpen={!closed.value.has(row.type)}
              toggle={() => toggle(row.type)}
            />
          ) : (
            <ResourceRow
              key={row.resource.id}
              {...props}
              {...{ row, width, cells, gesture }}
              index={range.first + at}
              bars={barsOf(row)}
              open={(allocation) => !isEnd() && open(allocation)}
            />
          ),
        )}
      </div>
    </div>
  )
}

/** Fixed above the rows. Bars state their own times. */
function Scale({ ticks }: { ticks: Tick[] }) {
  return (
    <div class="scale" aria-hidden="true">
      <div class="corner" />
      <div class="hours">
        {ticks.map(({ place, label, isDay }) => (
          <span key={place} class={isDay ? 'day' : ''} style={{ left: `${place * 100}%` }}>
            {label}
          </span>
        ))}
      </div>
    </div>
  )
}

function Lines({ ticks, window }: { ticks: Tick[]; window: TimeSpan }) {
  const now = placeOf(Date.now(), window)
  return (
    <div class="lines" aria-hidden="true">
      {ticks.map(({ place, isDay, isWeekend }, at) => (
        <i
          key={place}
          class={[isDay && 'day', isWeekend && 'weekend'].filter(Boolean).join(' ')}
          style={{
            left: `${place * 100}%`,
            width: `${((ticks[at + 1]?.place ?? 1) - place) * 100}%`,
          }}
        />
      ))}
      {now > 0 && now < 1 && <i class="now" style={{ left: `${now * 100}%` }} />}
    </div>
  )
}

interface TypeRowProps {
  row: Row & { kind: 'type' }
  index: number
  cells: Cells
  isOpen: boolean
  toggle: () => void
}

function TypeRow({ row, index, cells, isOpen, toggle }: TypeRowProps) {
  const { type, count, top, height } = row
  const style = { top: `${top}px`, height: `${height}px` }
  return (
    <div class="row type" role="row" aria-rowindex={index + 1} style={style}>
      <div class="name" role="rowheader">
        <button
          type="button"
          class="quiet"
          data-cell={`${index}:-1`}
          tabIndex={cells.tabIndexOf(index, -1)}
          aria-expanded={isOpen}
          onClick={toggle}
        >
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
          {nameType({ name: type, plural: type })}
          <span class="soft">{formatNumber(count)}</span>
        </button>
      </div>
    </div>
  )
}

interface ResourceRowProps extends TimelineProps {
  row: Row & { kind: 'resource' }
  index: number
  bars: Allocation[]
  width: number
  cells: Cells
  gesture: Gesture | undefined
}

function ResourceRow({ row, index, bars, gesture, cells, ...props }: ResourceRowProps) {
  const { resource, top, height } = row
  const { window } = props
  const isTarget = gesture?.row.resource.id === resource.id
  const style = { top: `${top}px`, height: `${height}px` }
  return (
    <div class="row" role="row" aria-rowindex={index + 1} style={style}>
      <div class="name" role="rowheader">
        <a
          href={`/bookings/resources/${resource.id}`}
          data-cell={`${index}:-1`}
          tabIndex={cells.tabIndexOf(index, -1)}
          title={[resource.name, describeElsewhere(window, resource.time_zone)]
            .filter(Boolean)
            .join(', ')}
        >
          {resource.name}
        </a>
      </div>
      <div class="track">
        <Bars
          {...props}
          {...{ bars, index }}
          name={resource.name}
          zone={resource.time_zone}
          focusable={bars.findIndex((_, at) => cells.tabIndexOf(index, at) === 0)}
          lifted={gesture?.allocation?.resource_id === resource.id ? gesture.allocation.id : ''}
        />
        {isTarget && <Ghost gesture={gesture} window={window} />}
      </div>
    </div>
  )
}

interface BarsProps extends Pick<
  ResourceRowProps,
  'bars' | 'window' | 'width' | 'out' | 'open' | 'people' | 'index'
> {
  /** The resource's. */
  name: string
  zone: string
  /** Which one has the tab stop; −1: none. */
  focusable: number
  /** The id of the one being moved. */
  lifted: string
}

/** Re-rendered only on changes: not by scrolling or typing. */
function Bars({ bars, window, width, out, people, index, name, zone, ...rest }: BarsProps) {
  const { focusable, lifted } = rest
  const latest = useRef(rest.open)
  latest.current = rest.open
  const open = (allocation: Allocation) => latest.current(allocation)
  return useMemo(
    () => (
      <>
        {bars.map((allocation) => (
          <Turnaround key={allocation.id} {...{ allocation, window }} />
        ))}
        {bars.map((allocation, at) => (
          <Bar
            key={allocation.id}
            {...{ allocation, name, zone, window, width, out, open }}
            before={bars[at - 1]}
            next={bars[at + 1]}
            cell={`${index}:${at}`}
            tabIndex={at === focusable ? 0 : -1}
            isBeside={people.size > 0 && !people.has(allocation.booked_for)}
            isLifted={allocation.id === lifted}
          />
        ))}
      </>
    ),
    [bars, window.from.getTime(), width, out, people, index, focusable, lifted, locale.value],
  )
}

/** The preview of a bar being drawn. */
function Ghost({ gesture: { span, isSent }, window }: { gesture: Gesture; window: TimeSpan }) {
  const left = Math.max(0, placeOf(span.from.getTime(), window))
  const right = Math.min(1, placeOf(span.to.getTime(), window))
  const style = { left: `${left * 100}%`, width: `${(right - left) * 100}%` }
  return (
    <div class={`ghost ${isSent ? 'is-sent' : ''}`} aria-hidden="true" style={style}>
      {formatRange(span.from, span.to)}
    </div>
  )
}

// Data of another window does not belong here.
function seenIn(all: Allocation[], { from, to }: TimeSpan): Allocation[] {
  return all.filter(({ from_datetime, to_datetime }) => {
    const begins = from_datetime === null || Date.parse(from_datetime) < to.getTime()
    return begins && (to_datetime === null || Date.parse(to_datetime) > from.getTime())
  })
}
