import { t } from '../i18n.ts'
import { listAllGroups, listOwnGroups } from '../people/groups.ts'
import { useQuery } from '../query.ts'
import { isAdmin } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { Check, Choice } from '../ui/form.tsx'

interface PickerProps {
  /** Ids of groups; null: everybody. */
  value: string[] | null
  change: (value: string[] | null) => void
}

/** Chooses the groups that see a resource. */
export function VisibleToPicker({ value, change }: PickerProps) {
  const { groups, nameOf } = useGroupNames()
  const others = groups.filter(({ id }) => !value?.includes(id))
  const options = [
    { value: '', label: t('visible_to.choose') },
    ...others.map(({ id, name }) => ({ value: id, label: name })),
  ]
  return (
    <>
      <Check
        label={t('visible_to.some')}
        checked={value !== null}
        change={(isSome) => change(isSome ? [] : null)}
      />
      {value && (
        <>
          <Choice
            key={value.join()}
            label={t('visible_to.add')}
            value=""
            change={(id) => id && change([...value, id])}
            options={options}
          />
          {value.length === 0 && <small class="hint">{t('visible_to.nobody')}</small>}
          <ul class="suggestions" aria-label={t('visible_to.title')}>
            {value.map((id) => (
              <li key={id}>
                <button
                  type="button"
                  class="small"
                  aria-label={t('visible_to.remove', { name: nameOf(id) })}
                  onClick={() => change(value.filter((other) => other !== id))}
                >
                  {nameOf(id)}
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

/** The names of the groups that see a resource. */
export function VisibleTo({ ids }: { ids: string[] }) {
  const { nameOf } = useGroupNames()
  return <>{ids.length > 0 ? ids.map(nameOf).join(', ') : t('visible_to.administrators')}</>
}

function useGroupNames() {
  const query = useQuery('groups', async () =>
    isAdmin.value ? listAllGroups() : (await listOwnGroups()).items,
  )
  const groups = query.data.value
  const names = new Map(groups?.map(({ id, name }) => [id, name]))
  const nameOf = (id: string) => names.get(id) ?? (groups ? t('visible_to.removed') : '…')
  return { groups: groups ?? [], nameOf }
}
