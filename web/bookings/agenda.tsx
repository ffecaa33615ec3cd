import { useSignal } from '@preact/signals'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { formatTime, startOfDay, toUtcText } from '../time.ts'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Empty, Loading } from '../ui/state.tsx'
import { isNamed, mayChange, nameState, stateOf, type BarState } from './bar.ts'
import { nameKind } from './kind.ts'
import { describeBusy } from './buffers.ts'
import type { TimeSpan } from './inventory.ts'
import { boundsOf, clip, describeSpan } from './span.ts'

// A longer list is slow to build, and nobody reads all of it at once.
const entriesAtOnce = 60

interface AgendaProps {
  window: TimeSpan
  resources: Resource[]
  allocations: Allocation[]
  open: (allocation: Allocation) => void
  /** Checked-out bookings. */
  out: ReadonlySet<string>
  /** Still loading, which does not mean that there is nothing. */
  loading: boolean
}

/** The same bookings as a list by day: for small screens, keyboards and screen readers. */
export function Agenda({ window, resources, allocations, open, out, loading }: AgendaProps) {
  const shown = useSignal(entriesAtOnce)
  const byId = new Map(resources.map((resource) => [resource.id, resource]))
  const sorted = allocations.toSorted((a, b) => startIn(a, window) - startIn(b, window))
  const days = Map.groupBy(sorted.slice(0, shown.value), (allocation) =>
    startOfDay(new Date(startIn(allocation, window))).getTime(),
  )
  if (loading) return <Loading />
  if (days.size === 0) {
    return (
      <Empty icon="bookings" title={t('agenda.empty')}>
        <p>{t('agenda.empty_text')}</p>
      </Empty>
    )
  }
  return (
    <div class="agenda">
      {[...days].map(([day, entries]) => (
        <section key={day}>
          <h3>{formatTime(new Date(day), 'date')}</h3>
          <ul class="rows">
            {entries.map((allocation) => (
              <Entry
                key={allocation.id}
                allocation={allocation}
                name={byId.get(allocation.resource_id)?.name ?? ''}
                zone={byId.get(allocation.resource_id)?.time_zone}
                state={stateOf(allocation, out)}
                open={() => open(allocation)}
              />
            ))}
          </ul>
        </section>
      ))}
      {sorted.length > shown.value && (
        <button type="button" onClick={() => (shown.value += entriesAtOnce)}>
          {t('action.more')}
        </button>
      )}
    </div>
  )
}

interface EntryProps {
  allocation: Allocation
  name: string
  /** The resource's. */
  zone: string | undefined
  state?: BarState
  open: () => void
}

export function Entry({ allocation, name, zone, state, open }: EntryProps) {
  const { allocation_type, description, booked_for, from_datetime, to_datetime } = allocation
  const who = nameOf(booked_for)
  const busy = describeBusy(allocation)
  const utc = [from_datetime, to_datetime].map((at) => (at ? toUtcText(at) : '∞')).join(' – ')
  return (
    <li>
      <div class="grow">
        <b>{name || description || t('booking.one')}</b>{' '}
        {name && <span class="soft">{description}</span>}
        <br />
        <span class="soft" title={utc}>
          {describeSpan(allocation)}
        </span>
        {who && <span class="soft">, {who}</span>}
        <Elsewhere span={boundsOf(allocation)} zones={zone ? [zone] : []} />
        {busy && (
          <>
            <br />
            <small class="soft">{busy}</small>
          </>
        )}
      </div>
      {state && isNamed(state) && (
        <span class={`badge ${state === 'late' ? 'bad' : 'warn'}`}>{nameState(state)}</span>
      )}
      {allocation_type !== 'booking' && <span class="badge warn">{nameKind(allocation_type)}</span>}
      <button type="button" class="small" onClick={open}>
        {t(mayChange(allocation) ? 'action.edit' : 'action.show')}
        <span class="visually-hidden">
          {name} {description}
        </span>
      </button>
    </li>
  )
}

function startIn(allocation: Allocation, window: TimeSpan): number {
  return clip(allocation, window).from.getTime()
}
