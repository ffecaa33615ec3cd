import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import { plural, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { isAdmin } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify } from '../ui/toast.tsx'
import { nameType } from './board-page.tsx'
import { createResource, listResources, listTypes, segmentOf } from './inventory.ts'

/** Everything that can be booked, by type. */
export function ResourcesPage() {
  const types = useQuery('types', listTypes)
  return (
    <Loaded query={types}>
      {(all) => (
        <div class="cards">
          {all.map((type) => (
            <TypeCard key={type.resource_type} type={type} />
          ))}
        </div>
      )}
    </Loaded>
  )
}

function TypeCard({ type }: { type: ResourceType }) {
  const resources = useQuery(type.resource_type, () => listResources(type))
  const adding = useSignal(false)
  const slot_minutes = (type.slot_seconds ?? 0) / 60
  return (
    <section class="card">
      <header class="page-head">
        <h2>{nameType(type.resource_type)}</h2>
        {isAdmin.value && (
          <button type="button" class="small" onClick={() => (adding.value = true)}>
            <Icon name="plus" />
            {t('resources.add')}
            <span class="visually-hidden">{nameType(type.resource_type)}</span>
          </button>
        )}
      </header>
      <p class="soft">
        {slot_minutes > 0 ? plural('resources.slots', slot_minutes) : t('resources.any_span')}
      </p>
      <Loaded query={resources}>
        {(all) => (
          <ul>
            {all.map(({ id, name }) => (
              <li key={id}>
                <a href={`/bookings/${segmentOf(type)}/${id}`}>{name}</a>
              </li>
            ))}
            {all.length === 0 && <li class="soft">{t('resources.none')}</li>}
          </ul>
        )}
      </Loaded>
      {adding.value && (
        <NameDialog
          title={`${t('resources.add')}: ${nameType(type.resource_type)}`}
          field={t('resources.name')}
          label={t('resources.add')}
          maxLength={100}
          send={async (name) => {
            await createResource(type, name)
            notify(t('resources.added', { name }))
          }}
          close={() => (adding.value = false)}
          done={() => void resources.reload()}
        />
      )}
    </section>
  )
}
