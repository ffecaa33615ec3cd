import { useSignal } from '@preact/signals'
import { Fragment } from 'preact'
import { useRef } from 'preact/hooks'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Handover } from '../../shared/schemas/handover.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t, withTexts } from '../i18n.ts'
import { useList } from '../list.ts'
import { useQuery } from '../query.ts'
import { isAdmin } from '../session/session.ts'
import { AsOf } from '../resource/as-of.tsx'
import { listHandovers } from '../resource/handover-log.ts'
import { Log } from '../resource/log.tsx'
import { Now } from '../resource/now.tsx'
import { Rules } from '../resource/rules.tsx'
import { Share } from '../resource/share.tsx'
import { resourceTexts } from '../resource/texts.ts'
import { PhotoButton } from '../photo/photo-button.tsx'
import { Photos } from '../photo/photo.tsx'
import { policyTexts } from '../rules/policy-texts.ts'
import { hour_ms } from '../../shared/duration.ts'
import { addDays, startOfDay } from '../time.ts'
import { Time } from '../ui/time.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { Entry } from './agenda.tsx'
import { nameType } from './type-name.ts'
import type { Draft } from './booking-dialog.tsx'
import { BookingDialog } from './lazy-dialogs.ts'
import { describeBuffers } from './buffers.ts'
import { History } from './history.tsx'
import { listAllocations, readResource, typeOf, withdrawalOf, type TimeSpan } from './inventory.ts'
import { ResourceActions } from './resource-actions.tsx'
import { SlotGrid } from './slot-grid.tsx'
import { fitToGrid, nextHour } from './span.ts'
import { VisibleTo } from './visible-to.tsx'

// How far ahead the list looks.
const aheadDays = 60

/** One resource: its description, bookings, and slots if it has any. */
function ResourcePage({ id }: { id: string }) {
  const found = useQuery(id, async () => {
    const resource = await readResource(id)
    return { resource, type: await typeOf(resource) }
  })
  return (
    <Loaded query={found}>
      {({ resource, type }) => (
        <>
          <header class="page-head">
            <div>
              <a href="/bookings/resources">{t('resources.title')}</a>
              <h1>{resource.name}</h1>
              <p>
                {nameType(type)}, {t('resources.since')} <Time at={resource.created} style="date" />
              </p>
            </div>
            <div class="cluster">
              <Share resource={resource} />
              <PhotoButton resource={resource} done={() => void found.reload()} />
              {isAdmin.value && (
                <ResourceActions {...{ resource, type }} changed={() => void found.reload()} />
              )}
            </div>
          </header>
          <Photos resources={[resource]} />
          {resource.note && <p class="card note">{resource.note}</p>}
          <Facts resource={resource} type={type} />
          <Bookings resource={resource} type={type} />
        </>
      )}
    </Loaded>
  )
}

interface FactsProps {
  resource: Resource
  type: ResourceType
}

function Facts({ resource, type }: FactsProps) {
  const rules = type.property_schema.properties
  const buffers = describeBuffers({
    buffer_before_seconds: resource.buffer_before_seconds ?? type.buffer_before_seconds,
    buffer_after_seconds: resource.buffer_after_seconds ?? type.buffer_after_seconds,
  })
  return (
    <dl class="facts card">
      {Object.entries(resource.properties).map(([name, value]) => (
        <Fragment key={name}>
          <dt>{rules[name]?.title ?? name}</dt>
          <dd>{describeValue(value)}</dd>
        </Fragment>
      ))}
      <dt>{t('resources.time_zone')}</dt>
      <dd>{resource.time_zone}</dd>
      {resource.visible_to && (
        <>
          <dt>{t('visible_to.title')}</dt>
          <dd>
            <VisibleTo ids={resource.visible_to} />
          </dd>
        </>
      )}
      {buffers && (
        <>
          <dt>{t('buffers.title')}</dt>
          <dd>{buffers}</dd>
        </>
      )}
    </dl>
  )
}

function describeValue(value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'property.yes' : 'property.no')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function Bookings({ resource, type }: { resource: Resource; type: ResourceType }) {
  const today = startOfDay(new Date())
  const upcoming = useQuery(resource.id, () =>
    listAllocations(resource, { from: new Date(), to: addDays(today, aheadDays) }),
  )
  const isDamageOnly = useSignal(false)
  const handovers = useList(`handovers ${resource.id} ${isDamageOnly.value}`, (cursor) =>
    listHandovers({ resource_id: resource.id, damaged: isDamageOnly.value }, cursor),
  )
  // Still with its user, even if listed as over.
  const out = useRef<Handover | undefined>(undefined)
  const recorded = isDamageOnly.value ? undefined : handovers.first.data.value?.items
  if (recorded) out.current = recorded.find(({ returned }) => returned === null)
  const draft = useSignal<Draft | undefined>(undefined)
  const version = useSignal(0)
  const book = (span: TimeSpan) => (draft.value = { resource, span: fitToGrid(span, type) })
  const open = (allocation: Allocation) => {
    const from = new Date(allocation.from_datetime ?? today)
    const to = new Date(allocation.to_datetime ?? from.getTime() + hour_ms)
    draft.value = { resource, allocation, span: { from, to } }
  }
  const changed = () => {
    version.value++
    void upcoming.reload()
  }
  return (
    <>
      <div class="columns">
        {upcoming.data.value && <Now upcoming={upcoming.data.value} out={out.current} />}
        <Rules resource={resource} />
      </div>
      {type.kind === 'interval' && (
        <SlotGrid resource={resource} version={version.value} book={book} />
      )}
      <section class="stack">
        <header class="page-head">
          <h2>{t('resources.upcoming')}</h2>
          <button type="button" class="primary" onClick={() => book(nextHour())}>
            <Icon name="plus" />
            {t('booking.new')}
          </button>
        </header>
        <Loaded query={upcoming}>
          {(all) =>
            all.length === 0 ? (
              <Empty icon="bookings" title={t('agenda.empty')} />
            ) : (
              <ul class="rows">
                {all.map((allocation) => (
                  <Entry
                    key={allocation.id}
                    allocation={allocation}
                    name=""
                    zone={resource.time_zone}
                    open={() => open(allocation)}
                  />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      <History resource={resource} version={version.value} />
      <AsOf resource={resource} />
      <Log
        list={handovers}
        isDamageOnly={isDamageOnly.value}
        change={(value) => (isDamageOnly.value = value)}
        withdrawal={isAdmin.value ? withdrawalOf(type, resource) : undefined}
      />
      {draft.value && (
        <BookingDialog
          draft={draft.value}
          resources={[resource]}
          close={() => (draft.value = undefined)}
          done={changed}
        />
      )}
    </>
  )
}

export const load = () => withTexts(ResourcePage, resourceTexts, policyTexts)
