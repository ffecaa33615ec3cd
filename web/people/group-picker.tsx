import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { isAdmin } from '../session/session.ts'
import { Choice } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { listAllGroups, listOwnGroups } from './groups.ts'

interface PickerProps {
  /** The purpose of the selection. */
  label: string
  /** Ids of groups. */
  value: string[]
  change: (value: string[]) => void
}

/** Selects groups, one after the other. */
export function GroupPicker({ label, value, change }: PickerProps) {
  const { groups, nameOf } = useGroupNames()
  const others = groups.filter(({ id }) => !value.includes(id))
  const options = [
    { value: '', label: t('groups.choose') },
    ...others.map(({ id, name }) => ({ value: id, label: name })),
  ]
  return (
    <>
      <Choice
        key={value.join()}
        label={t('groups.add_to')}
        value=""
        change={(id) => id && change([...value, id])}
        options={options}
      />
      <ul class="suggestions" aria-label={label}>
        {value.map((id) => (
          <li key={id}>
            <button
              type="button"
              class="small"
              aria-label={t('groups.take_out', { name: nameOf(id) })}
              onClick={() => change(value.filter((other) => other !== id))}
            >
              {nameOf(id)}
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

/** The selectable groups and their names. */
export function useGroupNames() {
  const query = useQuery('groups', async () =>
    isAdmin.value ? listAllGroups() : (await listOwnGroups()).items,
  )
  const groups = query.data.value
  const names = new Map(groups?.map(({ id, name }) => [id, name]))
  const nameOf = (id: string) => names.get(id) ?? (groups ? t('groups.gone') : '…')
  return { groups: groups ?? [], nameOf }
}
