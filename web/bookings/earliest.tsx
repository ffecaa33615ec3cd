import { useSignal } from '@preact/signals'
import type { Opening } from '../../shared/schemas/opening.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { day_ms } from '../../shared/duration.ts'
import { formatRange, toInputDate } from '../time.ts'
import { Empty, Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import type { Draft } from './booking-dialog.tsx'
import { BookingDialog } from './lazy-dialogs.ts'
import { findOpenings, readResource, type TimeSpan } from './inventory.ts'
import { join } from './waitlist.ts'

interface EarliestProps {
  type: ResourceType
  span: TimeSpan
}

// Nobody may book longer ones.
const lengthMax_ms = 366 * day_ms

/** All are taken: when one of them is free for that long. */
export function Earliest({ type, span }: EarliestProps) {
  const isTooLong = span.to.getTime() - span.from.getTime() > lengthMax_ms
  if (isTooLong) return <None />
  const wait = () => join({ type: type.name }, span).then(() => navigate('/bookings/waiting'))
  return (
    <>
      <Openings type={type} span={span} />
      <p>
        <button type="button" onClick={() => void wait().catch(notifyError)}>
          {t('wait.join')}
        </button>
      </p>
    </>
  )
}

function Openings({ type, span }: EarliestProps) {
  const key = `openings ${type.name} ${span.from.getTime()} ${span.to.getTime()}`
  const openings = useQuery(key, () => findOpenings(type, span))
  const chosen = useSignal<(Draft & { resource: Resource }) | undefined>(undefined)
  const choose = async (opening: Opening) => {
    const from = new Date(opening.from_datetime)
    const to = new Date(opening.to_datetime)
    chosen.value = { resource: await readResource(opening.resource_id), span: { from, to } }
  }
  const draft = chosen.value
  return (
    <Loaded query={openings}>
      {(found) =>
        found.length === 0 ? (
          <None />
        ) : (
          <section>
            <h2>{t('find.earliest')}</h2>
            <ul class="rows">
              {found.map((opening) => (
                <Row
                  key={opening.resource_id + opening.from_datetime}
                  opening={opening}
                  book={() => void choose(opening).catch(notifyError)}
                />
              ))}
            </ul>
            {draft && (
              <BookingDialog
                draft={draft}
                resources={[draft.resource]}
                close={() => (chosen.value = undefined)}
                done={() => navigate(`/bookings?view=day&date=${toInputDate(draft.span.from)}`)}
              />
            )}
          </section>
        )
      }
    </Loaded>
  )
}

function None() {
  return (
    <Empty icon="search" title={t('find.none')}>
      <p>{t('find.none_text')}</p>
    </Empty>
  )
}

function Row({ opening, book }: { opening: Opening; book: () => void }) {
  const { name, from_datetime: from, to_datetime: to } = opening
  return (
    <li>
      <span class="grow">
        <b>{name}</b>
        <br />
        {formatRange(from, to)}
      </span>
      <button type="button" class="primary small" onClick={book}>
        {t('booking.book')}
        <span class="visually-hidden">{`${name}, ${formatRange(from, to)}`}</span>
      </button>
    </li>
  )
}
