import type { PolicyRules, Right } from '../../shared/schemas/policy.ts'
import { t } from '../i18n.ts'
import { useGroupNames } from '../people/group-picker.tsx'
import { Choice } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import type { RuleFieldsProps } from './rule-fields.tsx'
import { rightNames } from './rule-words.ts'

type Grant = NonNullable<PolicyRules['rights']>[number]

/** Who may do what; empty: everybody may book. */
export function RightFields({ rules, change }: RuleFieldsProps) {
  const { groups } = useGroupNames()
  const grants = rules.rights ?? []
  const set = (wanted: Grant[]) => change({ rights: wanted.length > 0 ? wanted : undefined })
  const replace = (at: number, changes: Partial<Grant>) =>
    set(grants.map((one, index) => (index === at ? { ...one, ...changes } : one)))
  const who = [
    { value: '', label: t('rules.everybody') },
    ...groups.map(({ id, name }) => ({ value: id, label: name })),
  ]
  return (
    <>
      {grants.length === 0 && <p class="soft">{t('rules.everybody_books')}</p>}
      {grants.map(({ group, may }, at) => (
        <div key={at} class="stack">
          <div class="pair">
            <Choice
              label={t('rules.who')}
              value={group ?? ''}
              change={(id) => replace(at, { group: id || null })}
              options={who}
            />
            <Choice
              label={t('rules.may')}
              value={may}
              change={(value) => replace(at, { may: value as Right })}
              options={Object.entries(rightNames).map(([value, label]) => ({
                value,
                label: t(label),
              }))}
            />
          </div>
          <button
            type="button"
            class="small"
            onClick={() => set(grants.filter((_, index) => index !== at))}
          >
            <Icon name="trash" />
            {t('rules.remove_right')}
          </button>
        </div>
      ))}
      <button type="button" onClick={() => set([...grants, { group: null, may: 'book' }])}>
        <Icon name="plus" />
        {t('rules.add_right')}
      </button>
    </>
  )
}
