import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { findOpenings, type TimeSpan } from '../bookings/inventory.ts'
import { join } from '../bookings/waitlist.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import { describeWhen } from './span-words.ts'
import { useRepeatKey } from './use-repeat-key.ts'

interface EarliestProps {
  type: ResourceType
  /** Required properties; empty: any. */
  where: string
  span: TimeSpan
  title: string
  take: (span: TimeSpan) => void
}

/** All are taken: when the next one is free, and the waiting list. */
export function Earliest({ type, where, span, title, take }: EarliestProps) {
  const key = `openings ${type.name} ${where} ${span.from.getTime()} ${span.to.getTime()}`
  const openings = useQuery(key, () => findOpenings(type, span, where))
  return (
    <Empty icon="clock" title={t('find.none')}>
      <Loaded query={openings}>
        {(found) => (
          <div class="stack">
            {unique(found.map(toSpan)).map((one) => (
              <button key={one.from.getTime()} type="button" onClick={() => take(one)}>
                {t('book.take', { when: describeWhen(one) })}
              </button>
            ))}
          </div>
        )}
      </Loaded>
      {/* What has rules is not waited for: nobody would judge what becomes free. */}
      {type.managed_by === null && <Wait key={key} {...{ type, where, span, title }} />}
    </Empty>
  )
}

/** Shows an existing entry instead of joining again. */
function Wait({ type, where, span, title }: Omit<EarliestProps, 'take'>) {
  const busy = useSignal(false)
  const joined = useSignal(false)
  const optionsOf = useRepeatKey()
  if (joined.value) return <a href="/bookings/waiting">{t('wait.title')}</a>
  const wait = async () => {
    if (busy.value) return
    busy.value = true
    const whose = { type: type.name, description: title, ...(where && { where }) }
    try {
      await join(whose, span, optionsOf(whose))
      joined.value = true
    } catch (error) {
      notifyError(error)
    } finally {
      busy.value = false
    }
  }
  return (
    <button type="button" class="quiet" aria-busy={busy.value} onClick={() => void wait()}>
      <Icon name="clock" />
      {t('book.wait')}
    </button>
  )
}

function toSpan({ from_datetime, to_datetime }: { from_datetime: string; to_datetime: string }) {
  return { from: new Date(from_datetime), to: new Date(to_datetime) }
}

// Several may be free at the same time; any of them is booked.
function unique(spans: TimeSpan[]): TimeSpan[] {
  return [...new Map(spans.map((span) => [span.from.getTime(), span])).values()].slice(0, 3)
}
