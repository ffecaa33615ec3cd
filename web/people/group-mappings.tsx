import type { GroupMapping } from '../../shared/schemas/identity-provider.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Choice, Field } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { listGroups } from './groups.ts'

const administrators = 'admin'

interface GroupMappingsProps {
  mappings: readonly GroupMapping[]
  change: (mappings: GroupMapping[]) => void
}

/** What each value of the group claim maps to. */
export function GroupMappings({ mappings, change }: GroupMappingsProps) {
  const groups = useQuery('groups', () => listGroups('')).data.value?.items ?? []
  const options = [
    { value: administrators, label: t('oidc.administrators') },
    ...groups.map(({ id, name }) => ({ value: id, label: name })),
  ]
  const replace = (at: number, mapping: GroupMapping) => change(mappings.with(at, mapping))
  return (
    <fieldset class="card stack">
      <legend>{t('oidc.mappings')}</legend>
      {mappings.map((mapping, at) => (
        <div class="cluster" key={at}>
          <Field
            label={t('oidc.value')}
            value={mapping.value}
            change={(value) => replace(at, { ...mapping, value })}
            maxLength={300}
            required
          />
          <Choice
            label={t('oidc.stands_for')}
            value={'role' in mapping ? administrators : mapping.group_id}
            change={(target) => replace(at, toMapping(mapping.value, target))}
            options={options}
          />
          <button
            type="button"
            class="quiet square"
            onClick={() => change(mappings.toSpliced(at, 1))}
          >
            <Icon name="close" />
            <span class="visually-hidden">
              {t('action.remove')} {mapping.value}
            </span>
          </button>
        </div>
      ))}
      <p>
        <button
          type="button"
          class="small"
          onClick={() => change([...mappings, toMapping('', options[1]?.value ?? administrators)])}
        >
          {t('oidc.add_mapping')}
        </button>
      </p>
    </fieldset>
  )
}

function toMapping(value: string, target: string): GroupMapping {
  return target === administrators ? { value, role: 'admin' } : { value, group_id: target }
}
