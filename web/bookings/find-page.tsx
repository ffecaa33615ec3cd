import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { plural, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { navigate, readQuery, setQuery } from '../router.ts'
import { fromInputTime, toInputDate, toInputTime } from '../time.ts'
import { Choice } from '../ui/form.tsx'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { TimeField } from '../ui/time-field.tsx'
import { nameType } from './type-name.ts'
import type { Draft } from './booking-dialog.tsx'
import { BookingDialog } from './lazy-dialogs.ts'
import { Earliest } from './earliest.tsx'
import { findFree, listTypesInUse, type TimeSpan } from './inventory.ts'
import { fitToGrid, nextHour } from './span.ts'

/** Type and time, then what is free throughout. */
export function FindPage() {
  const types = useQuery('types in use', listTypesInUse)
  return (
    <Loaded query={types}>
      {(all) => {
        const [first] = all
        const type = all.find(({ resource_type }) => resource_type === readQuery('type')) ?? first
        if (!type) return <Empty icon="bookings" title={t('board.empty')} />
        return <Search types={all} type={type} />
      }}
    </Loaded>
  )
}

function Search({ types, type }: { types: ResourceType[]; type: ResourceType }) {
  const wanted = readWanted()
  const span = wanted && fitToGrid(wanted, type)
  return (
    <>
      <div class="card">
        <div class="pair">
          <Choice
            label={t('booking.type')}
            value={type.resource_type}
            change={(name) => setQuery({ type: name })}
            options={types.map((one) => ({ value: one.name, label: nameType(one) }))}
          />
          {(['from', 'to'] as const).map((bound) => (
            <TimeField
              key={bound}
              label={t(`booking.${bound}`)}
              value={readQuery(bound) || toInputTime(nextHour()[bound])}
              change={(value) => setQuery({ [bound]: value }, { replace: true })}
            />
          ))}
        </div>
        <p>
          <a href="/bookings/series">{t('find.series')}</a>
        </p>
      </div>
      {span ? <Results type={type} span={span} /> : <p class="notice warn">{t('find.no_span')}</p>}
    </>
  )
}

function Results({ type, span }: { type: ResourceType; span: TimeSpan }) {
  const key = `${type.resource_type} ${span.from.getTime()} ${span.to.getTime()}`
  const free = useQuery(key, () => findFree(type, span))
  const draft = useSignal<Draft | undefined>(undefined)
  return (
    <Loaded query={free}>
      {(resources) => (
        <>
          <p aria-live="polite">{plural('find.found', resources.length)}</p>
          {resources.length === 0 ? (
            <Earliest type={type} span={span} />
          ) : (
            <ul class="rows">
              {resources.map((resource) => (
                <Found
                  key={resource.id}
                  {...{ resource, span }}
                  book={() => (draft.value = { resource, span })}
                />
              ))}
            </ul>
          )}
          {draft.value && (
            <BookingDialog
              draft={draft.value}
              resources={resources}
              close={() => (draft.value = undefined)}
              done={() => navigate(`/bookings?view=day&date=${toInputDate(span.from)}`)}
            />
          )}
        </>
      )}
    </Loaded>
  )
}

interface FoundProps {
  resource: Resource
  span: TimeSpan
  book: () => void
}

function Found({ resource, span, book }: FoundProps) {
  return (
    <li>
      <span class="grow">
        <b>{resource.name}</b>
        <Elsewhere span={span} zones={[resource.time_zone]} />
      </span>
      <button type="button" class="primary small" onClick={book}>
        {t('booking.book')}
        <span class="visually-hidden">{resource.name}</span>
      </button>
    </li>
  )
}

/** @returns undefined if it ends before it begins */
function readWanted(): TimeSpan | undefined {
  const start = nextHour()
  const from = readQuery('from') ? fromInputTime(readQuery('from')) : start.from
  const to = readQuery('to') ? fromInputTime(readQuery('to')) : start.to
  return from && to && from < to ? { from, to } : undefined
}
