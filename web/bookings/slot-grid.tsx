import type { Resource } from '../../shared/schemas/resource.ts'
import type { Slot } from '../../shared/schemas/allocation.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { readQuery, setQuery } from '../router.ts'
import { addDays, formatTime, startOfDay, toInputDate } from '../time.ts'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/state.tsx'
import { listSlots, type TimeSpan } from './inventory.ts'

interface SlotGridProps {
  resource: Resource
  /** Reloads when it changes. */
  version: number
  book: (span: TimeSpan) => void
}

/** The slots of an interval resource on a day: free ones are buttons. */
export function SlotGrid({ resource, version, book }: SlotGridProps) {
  const named = new Date(`${readQuery('date')}T00:00`)
  const day = Number.isNaN(named.getTime()) ? startOfDay(new Date()) : named
  const window = { from: day, to: addDays(day, 1) }
  const slots = useQuery(`${resource.id} ${day.getTime()} ${version}`, () =>
    listSlots(resource, window),
  )
  const go = (days: number) => setQuery({ date: toInputDate(addDays(day, days)) })
  return (
    <section class="card">
      <header class="toolbar">
        <h2>{t('slots.title')}</h2>
        <div class="cluster push">
          <button type="button" class="square" onClick={() => go(-1)}>
            <Icon name="previous" />
            <span class="visually-hidden">{t('board.earlier')}</span>
          </button>
          <b aria-live="polite">{formatTime(day, 'date')}</b>
          <button type="button" class="square" onClick={() => go(1)}>
            <Icon name="next" />
            <span class="visually-hidden">{t('board.later')}</span>
          </button>
        </div>
      </header>
      <Loaded query={slots}>
        {(all) => (
          <ul class="slots">
            {all.filter(isAhead).map((slot) => (
              <li key={slot.from_datetime}>
                <SlotButton slot={slot} book={book} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  )
}

function SlotButton({ slot, book }: { slot: Slot; book: (span: TimeSpan) => void }) {
  const { from_datetime: from, to_datetime: to, free } = slot
  if (!from || !to) return null
  return (
    <button
      type="button"
      disabled={!free}
      onClick={() => book({ from: new Date(from), to: new Date(to) })}
    >
      {formatTime(from, 'time')}
      <small>{t(free ? 'slots.free' : 'slots.taken')}</small>
    </button>
  )
}

function isAhead({ to_datetime }: Slot): boolean {
  return !to_datetime || Date.parse(to_datetime) > Date.now()
}
