import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { findOpenings, type Window } from '../bookings/inventory.ts'
import { join } from '../bookings/waitlist.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import { describeWhen } from './span-words.ts'

interface EarliestProps {
  type: ResourceType
  span: Window
  title: string
  take: (span: Window) => void
}

/** All are taken: when one is free next, and to be told when one is given back. */
export function Earliest({ type, span, title, take }: EarliestProps) {
  const key = `openings ${type.name} ${span.from.getTime()} ${span.to.getTime()}`
  const openings = useQuery(key, () => findOpenings(type, span))
  const wait = () => {
    void join({ type: type.name, description: title }, span).catch(notifyError)
  }
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
      {type.managed_by === null && (
        <button type="button" class="quiet" onClick={wait}>
          <Icon name="clock" />
          {t('book.tell_me')}
        </button>
      )}
    </Empty>
  )
}

function toSpan({ from_datetime, to_datetime }: { from_datetime: string; to_datetime: string }) {
  return { from: new Date(from_datetime), to: new Date(to_datetime) }
}

// Several may be free at the same time; any of them is taken.
function unique(spans: Window[]): Window[] {
  return [...new Map(spans.map((span) => [span.from.getTime(), span])).values()].slice(0, 3)
}
