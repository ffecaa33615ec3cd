import { t } from '../i18n.ts'
import { GroupPicker, useGroupNames } from '../people/group-picker.tsx'
import { Check } from '../ui/form.tsx'

interface PickerProps {
  /** Ids of groups; null: everybody. */
  value: string[] | null
  change: (value: string[] | null) => void
}

/** Selects the groups that see a resource. */
export function VisibleToPicker({ value, change }: PickerProps) {
  return (
    <>
      <Check
        label={t('visible_to.some')}
        checked={value !== null}
        change={(isSome) => change(isSome ? [] : null)}
      />
      {value && (
        <>
          <GroupPicker label={t('visible_to.title')} value={value} change={change} />
          {value.length === 0 && <small class="hint">{t('visible_to.nobody')}</small>}
        </>
      )}
    </>
  )
}

/** The names of the groups that see a resource. */
export function VisibleTo({ ids }: { ids: string[] }) {
  const { nameOf } = useGroupNames()
  return <>{nameAll(ids, nameOf)}</>
}

/** @param ids null: everybody, which needs no words */
export function nameAll(ids: string[] | null, nameOf: (id: string) => string): string {
  if (ids === null) return ''
  return ids.length > 0 ? ids.map(nameOf).join(', ') : t('visible_to.administrators')
}
