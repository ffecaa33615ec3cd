import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { Icon } from '../ui/icon.tsx'
import { withdrawalOf } from './inventory.ts'
import { ResourceDialog } from './lazy-dialogs.ts'

interface ResourceActionsProps {
  resource: Resource
  type: ResourceType
  changed: () => void
}

/** An administrator's actions on a resource. */
export function ResourceActions({ resource, type, changed }: ResourceActionsProps) {
  const isChanging = useSignal(false)
  const close = () => (isChanging.value = false)
  return (
    <>
      <button type="button" onClick={() => (isChanging.value = true)}>
        <Icon name="pencil" />
        {t('action.edit')}
      </button>
      <a class="button" href={withdrawalOf(type, resource)}>
        {t('resources.decommission')}
      </a>
      {isChanging.value && <ResourceDialog {...{ resource, type, close }} done={changed} />}
    </>
  )
}
