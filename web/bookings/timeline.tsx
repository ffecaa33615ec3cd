import {
  createCalendar,
  destroyCalendar,
  Interaction,
  ResourceTimeline,
  type Calendar,
} from '@event-calendar/core'
import calendarCss from '@event-calendar/core/index.css' with { type: 'text' }
import { useEffect, useRef } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { locale, t } from '../i18n.ts'
import { adoptStyle } from '../style/adopt.ts'
import { labelBar, mayChange, nameBar, stateOf } from './bar.ts'
import { describeBusy } from './buffers.ts'
import type { Window } from './inventory.ts'
import { clip, describeSpan, type ViewName } from './span.ts'
import ownCss from './timeline.css' with { type: 'text' }

export interface TimelineProps {
  view: Exclude<ViewName, 'list'>
  date: Date
  window: Window
  resources: Resource[]
  allocations: Allocation[]
  /** Ids of those that are with somebody at this moment. */
  out: ReadonlySet<string>
  draw: (resource: Resource, span: Window) => void
  open: (allocation: Allocation) => void
  /** Answers whether the move was won; else it goes back. */
  move: (allocation: Allocation, to: Resource, span: Window) => Promise<boolean>
}

const views = {
  day: 'resourceTimelineDay',
  week: 'resourceTimelineWeek',
  month: 'resourceTimelineMonth',
} as const

/** Resources down, time across. What can be drawn here can be typed in the booking form as well. */
export function Timeline(props: TimelineProps) {
  const element = useRef<HTMLDivElement>(null)
  const calendar = useRef<Calendar | undefined>(undefined)
  // The calendar calls back long after it was made: it is to see the newest properties.
  const latest = useRef(props)
  latest.current = props

  useEffect(() => {
    if (!element.current) return
    adoptStyle(calendarCss)
    adoptStyle(ownCss)
    const made = createCalendar(element.current, [ResourceTimeline, Interaction], {
      ...look(),
      ...actions(latest),
    })
    calendar.current = made
    const stop = mendAccess(element.current)
    return () => {
      stop()
      void destroyCalendar(made)
    }
  }, [])

  const { view, date, resources, allocations, out, window } = props
  const toBar = (allocation: Allocation) => nameBar(allocation, stateOf(allocation, out))
  useEffect(() => {
    calendar.current?.setOption('locale', locale.value)
    calendar.current?.setOption('view', views[view])
    calendar.current?.setOption('date', date)
  }, [view, date.getTime(), locale.value])
  useEffect(() => {
    calendar.current?.setOption(
      'resources',
      resources.map(({ id, name }) => ({ id, title: name })),
    )
  }, [resources.map(({ id, name }) => id + name).join()])
  useEffect(() => {
    calendar.current?.setOption(
      'events',
      allocations.flatMap((allocation) => [
        toEvent(allocation, { window, out }),
        ...toTurnarounds(allocation),
      ]),
    )
  }, [allocations, allocations.map(toBar).join(), window.from.getTime()])
  return <div class="timeline" role="group" aria-label={t('board.title')} ref={element} />
}

/**
 * The calendar calls itself a table but has none of a table's cells, which confuses screen readers
 * more than no table at all. Each booking says all of itself; the list view is the same as text.
 * And what scrolls must take the focus to be scrolled by keyboard, also while nothing is in it.
 */
function mendAccess(host: HTMLElement): () => void {
  const roles = '[role=table], [role=rowgroup], [role=row], [role$=header], [role=cell]'
  const mend = () => {
    for (const part of host.querySelectorAll(roles)) {
      for (const name of ['role', 'aria-colindex', 'aria-colspan']) part.removeAttribute(name)
    }
    host.querySelector('.ec-main')?.setAttribute('tabindex', '0')
  }
  const observer = new MutationObserver(mend)
  observer.observe(host, { childList: true, subtree: true })
  mend()
  return () => observer.disconnect()
}

/** What never changes: sizes, steps, words. */
function look(): Calendar.Options {
  return {
    headerToolbar: { start: '', center: '', end: '' },
    height: 'auto',
    firstDay: 1,
    nowIndicator: true,
    editable: true,
    selectable: true,
    eventResizableFromStart: true,
    unselectAuto: true,
    scrollTime: '07:00:00',
    slotLabelFormat: { hour: '2-digit', minute: '2-digit' },
    dayHeaderFormat: { weekday: 'short', day: 'numeric' },
    views: {
      resourceTimelineDay: {
        slotDuration: '00:30:00',
        snapDuration: '00:15:00',
        slotWidth: 36,
        slotLabelInterval: '01:00:00',
      },
      resourceTimelineWeek: {
        slotDuration: '06:00:00',
        snapDuration: '01:00:00',
        slotWidth: 30,
        slotLabelInterval: '12:00:00',
      },
      resourceTimelineMonth: { slotWidth: 44 },
    },
  }
}

function actions(latest: { current: TimelineProps }): Calendar.Options {
  const resourceOf = (id: unknown) => latest.current.resources.find((one) => one.id === String(id))
  const allocationOf = ({ id }: { id: string | number }) =>
    latest.current.allocations.find((one) => one.id === String(id))

  async function moved({ event, revert }: Moved) {
    const allocation = allocationOf(event)
    const to = resourceOf(event.resourceIds[0])
    if (!allocation || !to) return revert()
    const span = { from: event.start, to: event.end }
    if (!(await latest.current.move(allocation, to, span))) revert()
  }
  return {
    select: ({ start, end, resource }) => {
      const found = resourceOf(resource?.id)
      if (found) latest.current.draw(found, { from: start, to: end })
    },
    eventClick: ({ event }) => {
      const allocation = allocationOf(event)
      if (allocation) latest.current.open(allocation)
    },
    eventDrop: (info) => void moved(info),
    eventResize: (info) => void moved(info),
    eventContent: ({ event }) => ({ domNodes: [toNode(String(event.title))] }),
    eventDidMount: ({ el, event }) => {
      const allocation = allocationOf(event)
      if (!allocation) return
      const name = resourceOf(allocation.resource_id)?.name ?? ''
      const busy = describeBusy(allocation)
      const state = stateOf(allocation, latest.current.out)
      const what = [name, nameBar(allocation, state), describeSpan(allocation), busy]
      const words = what.filter(Boolean).join(', ')
      el.setAttribute('aria-label', words)
      el.title = words
    },
  }
}

interface Moved {
  event: Calendar.Event
  revert: () => void
}

function toNode(text: string): HTMLElement {
  const node = document.createElement('span')
  node.className = 'timeline-title'
  node.textContent = text
  return node
}

function toEvent(
  allocation: Allocation,
  { window, out }: Pick<TimelineProps, 'window' | 'out'>,
): Calendar.EventInput {
  const { id, resource_id, from_infinity, to_infinity } = allocation
  const { from, to } = clip(allocation, window)
  const isBounded = !from_infinity && !to_infinity
  const state = stateOf(allocation, out)
  // Without a bound it reaches to the edge of what is shown; a form, not a drag, changes it.
  const start = from_infinity ? from : new Date(allocation.from_datetime ?? from)
  const end = to_infinity ? to : new Date(allocation.to_datetime ?? to)
  return {
    id,
    resourceIds: [resource_id],
    start,
    end,
    title: labelBar(allocation, state),
    editable: isBounded && mayChange(allocation),
    classNames: [
      `is-${state}`,
      mayChange(allocation) ? 'is-own' : 'is-foreign',
      ...(from_infinity ? ['no-start'] : []),
      ...(to_infinity ? ['no-end'] : []),
    ],
  }
}

/** The time around it in which nothing else can be booked. */
function toTurnarounds(allocation: Allocation): Calendar.EventInput[] {
  const { id, resource_id, from_datetime, to_datetime, busy_from, busy_to } = allocation
  const spans = [
    { start: busy_from, end: from_datetime },
    { start: to_datetime, end: busy_to },
  ]
  return spans.flatMap(({ start, end }, at) =>
    start && end && start !== end
      ? [
          {
            id: `${id} ${at}`,
            resourceIds: [resource_id],
            start: new Date(start),
            end: new Date(end),
            display: 'background' as const,
            classNames: ['is-turnaround'],
          },
        ]
      : [],
  )
}
