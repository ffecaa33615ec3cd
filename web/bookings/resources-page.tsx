import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { plural, t } from '../i18n.ts'
import { useQuery, type Query } from '../query.ts'
import { isAdmin } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { nameType } from './type-name.ts'
import { describeBuffers } from './buffers.ts'
import { listResources, listRetired, listTypes, pageOf, putBack } from './inventory.ts'
import { ResourceDialog, TypeDialog } from './lazy-dialogs.ts'

/** All bookable resources, by type. */
export function ResourcesPage({ isManager }: { isManager: boolean }) {
  const types = useQuery('types', listTypes)
  const resources = useQuery('resources', () => listResources())
  const adding = useSignal(false)
  return (
    <>
      {isManager && (
        <div class="toolbar">
          <a class="button push" href="/bookings/displays">
            {t('resources.displays')}
          </a>
          {isAdmin.value && (
            <>
              <a class="button" href="/bookings/setup">
                {t('board.set_up')}
              </a>
              <button type="button" onClick={() => (adding.value = true)}>
                <Icon name="plus" />
                {t('types.add')}
              </button>
            </>
          )}
        </div>
      )}
      <Loaded query={types}>
        {(all) => (
          <div class="cards">
            {all.map((type) => (
              <TypeCard
                key={type.id}
                type={type}
                resources={resources}
                changed={() => void types.reload()}
              />
            ))}
          </div>
        )}
      </Loaded>
      {isAdmin.value && <Retired done={() => void resources.reload()} />}
      {adding.value && (
        <TypeDialog close={() => (adding.value = false)} done={() => void types.reload()} />
      )}
    </>
  )
}

interface TypeCardProps {
  type: ResourceType
  /** Of all types. */
  resources: Query<Resource[]>
  changed: () => void
}

function TypeCard({ type, resources, changed }: TypeCardProps) {
  const adding = useSignal(false)
  const changing = useSignal(false)
  const buffers = describeBuffers(type)
  const slot_minutes = (type.slot_seconds ?? 0) / 60
  return (
    <section class="card">
      <header class="page-head">
        <h2>{nameType(type)}</h2>
        {isAdmin.value && (
          <button type="button" class="small" onClick={() => (adding.value = true)}>
            <Icon name="plus" />
            {t('resources.add')}
            <span class="visually-hidden">{nameType(type)}</span>
          </button>
        )}
      </header>
      <p class="soft">
        {slot_minutes > 0 ? plural('resources.slots', slot_minutes) : t('resources.any_span')}
        {buffers && `; ${t('buffers.kept_free', { buffers })}`}
      </p>
      <Loaded query={resources}>
        {(all) => {
          const own = all.filter(({ resource_type }) => resource_type === type.name)
          return (
            <ul>
              {own.map((resource) => (
                <li key={resource.id}>
                  <a href={pageOf(type, resource)}>{resource.name}</a>
                </li>
              ))}
              {own.length === 0 && <li class="soft">{t('resources.none')}</li>}
            </ul>
          )
        }}
      </Loaded>
      {isAdmin.value && (
        <div class="cluster">
          <button type="button" class="small" onClick={() => (changing.value = true)}>
            {t('action.edit')}
            <span class="visually-hidden">{nameType(type)}</span>
          </button>
        </div>
      )}
      {changing.value && (
        <TypeDialog type={type} close={() => (changing.value = false)} done={changed} />
      )}
      {adding.value && (
        <ResourceDialog
          type={type}
          close={() => (adding.value = false)}
          done={() => void resources.reload()}
        />
      )}
    </section>
  )
}

/** Resources out of service, and the way back. */
function Retired({ done }: { done: () => void }) {
  const retired = useQuery('retired', listRetired)
  const bring = async (resource: Resource) => {
    try {
      await putBack(resource)
      notify(t('resources.returned', { name: resource.name }))
      done()
    } catch (error) {
      notifyError(error)
    }
    void retired.reload()
  }
  const all = retired.data.value ?? []
  if (all.length === 0) return null
  return (
    <section class="stack">
      <h2>{t('resources.retired')}</h2>
      <ul class="rows">
        {all.map((resource) => (
          <li key={resource.id}>
            <b class="grow">{resource.name}</b>
            <span class="soft">
              {resource.resource_type}, <Time at={resource.retired ?? ''} style="date" />
            </span>
            <button type="button" class="small" onClick={() => void bring(resource)}>
              {t('resources.return')}
              <span class="visually-hidden">{resource.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
