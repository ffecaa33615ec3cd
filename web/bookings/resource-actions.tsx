import { useSignal } from '@preact/signals'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { t } from '../i18n.ts'
import { navigate } from '../router.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { decommission } from './inventory.ts'
import { ResourceDialog } from './lazy-dialogs.ts'

interface ResourceActionsProps {
  resource: Resource
  type: ResourceType
  changed: () => void
}

/** An administrator's actions on a resource. */
export function ResourceActions({ resource, type, changed }: ResourceActionsProps) {
  const asked = useSignal<'change' | 'decommission' | 'cancel' | undefined>(undefined)
  const close = () => (asked.value = undefined)
  const { name } = resource
  const end = async (cancel: boolean) => {
    try {
      await decommission(resource, cancel)
      notify(t('resources.decommissioned', { name }))
      navigate('/bookings/resources')
    } catch (error) {
      const inUse = error instanceof ProblemError && error.code === 'resource_in_use'
      if (inUse) asked.value = 'cancel'
      else notifyError(error)
    }
  }
  return (
    <>
      <button type="button" onClick={() => (asked.value = 'change')}>
        <Icon name="pencil" />
        {t('action.edit')}
      </button>
      <button type="button" class="danger" onClick={() => (asked.value = 'decommission')}>
        {t('resources.decommission')}
      </button>
      {asked.value === 'change' && <ResourceDialog {...{ resource, type, close }} done={changed} />}
      {asked.value === 'decommission' && (
        <Confirm
          title={t('resources.decommission_title', { name })}
          text={t('resources.decommission_text')}
          label={t('resources.decommission')}
          confirm={() => void end(false)}
          close={close}
        />
      )}
      {asked.value === 'cancel' && (
        <Confirm
          title={t('resources.in_use_title', { name })}
          text={t('resources.in_use_text')}
          label={t('resources.cancel_all')}
          confirm={() => void end(true)}
          close={close}
        />
      )}
    </>
  )
}
