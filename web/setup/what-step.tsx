import { useSignal } from '@preact/signals'
import type {
  NewResourceType,
  PropertyRule,
  ResourceType,
} from '../../shared/schemas/resource-type.ts'
import { addType, changeType } from '../bookings/inventory.ts'
import { TypeDialog } from '../bookings/lazy-dialogs.ts'
import { nameType } from '../bookings/type-name.ts'
import { t } from '../i18n.ts'
import { notifyError } from '../ui/toast.tsx'
import type { StepProps } from './setup-page.tsx'

const kinds = ['cars', 'rooms', 'equipment'] as const
type Kind = (typeof kinds)[number]

const text = (title: string): PropertyRule => ({ type: 'string', title, maxLength: 40 })
const count = (title: string): PropertyRule => ({ type: 'integer', title, minimum: 0 })

/** Common types. Names are in their creator's language. */
function toType(kind: Kind): NewResourceType & { property_schema: object } {
  if (kind === 'cars') {
    const properties = { plate: text(t('setup.plate')), seats: count(t('setup.seats')) }
    return { name: 'Car', property_schema: { properties } }
  }
  if (kind === 'rooms') {
    const properties = { seats: count(t('setup.seats')), floor: text(t('setup.floor')) }
    return { name: t('setup.room'), plural: t('setup.rooms'), property_schema: { properties } }
  }
  const properties = { serial: text(t('setup.serial')) }
  return { name: t('setup.device'), plural: t('setup.devices'), property_schema: { properties } }
}

/** What is booked here: common types, existing ones, or new ones. */
export function WhatStep({ types, changed, next }: StepProps) {
  const adding = useSignal(false)
  const busy = useSignal(false)
  const added = async (name: string) => {
    await changed()
    next(name)
  }
  const choose = async (kind: Kind) => {
    if (busy.value) return
    busy.value = true
    try {
      const type = await provide(kind, types)
      await changed()
      next(type.name)
    } catch (error) {
      notifyError(error)
    } finally {
      busy.value = false
    }
  }
  // Cars are among the common ones.
  const others = types
    .filter(({ name }) => name !== 'Car')
    .toSorted((a, b) => Number(a.declared) - Number(b.declared))
  return (
    <>
      <p>{t('setup.what_text')}</p>
      <div class="cards" aria-busy={busy.value}>
        {kinds.map((kind) => (
          <button key={kind} type="button" class="preset" onClick={() => void choose(kind)}>
            <b>{t(`setup.kind_${kind}`)}</b>
            <span class="soft">{t(`setup.kind_${kind}_text`)}</span>
          </button>
        ))}
        {others.map((type) => (
          <button key={type.id} type="button" class="preset" onClick={() => next(type.name)}>
            <b>{nameType(type)}</b>
            <span class="soft">
              {t(type.declared ? 'setup.kind_declared' : 'setup.kind_known')}
            </span>
          </button>
        ))}
        <button type="button" class="preset" onClick={() => (adding.value = true)}>
          <b>{t('setup.kind_own')}</b>
          <span class="soft">{t('setup.kind_own_text')}</span>
        </button>
      </div>
      <footer class="actions">
        <a class="button" href="/bookings">
          {t('setup.later')}
        </a>
      </footer>
      {adding.value && (
        <TypeDialog close={() => (adding.value = false)} done={(name) => void added(name)} />
      )}
    </>
  )
}

/** The type of that kind: existing, created, or with added properties. */
async function provide(kind: Kind, types: ResourceType[]): Promise<ResourceType> {
  const wanted = toType(kind)
  const known = types.find(({ name }) => name === wanted.name)
  if (!known) return addType(wanted)
  const { properties, ...schema } = known.property_schema
  if (Object.keys(properties).length > 0) return known
  return changeType(known, { property_schema: { ...schema, ...wanted.property_schema } })
}
