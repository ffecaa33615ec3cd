import { t } from '../i18n.ts'
import { Check, Choice, Field } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { emptyProperty, propertyKinds, type PropertyRow } from './type-properties.ts'

interface PropertyFieldsProps {
  rows: PropertyRow[]
  change: (rows: PropertyRow[]) => void
}

/** The properties of a type. */
export function PropertyFields({ rows, change }: PropertyFieldsProps) {
  const setRow = (at: number, changes: Partial<PropertyRow>) =>
    change(rows.map((row, index) => (index === at ? { ...row, ...changes } : row)))
  return (
    <>
      {rows.map((row, at) => (
        <Property
          key={at}
          row={row}
          set={(changes) => setRow(at, changes)}
          remove={() => change(rows.filter((_, index) => index !== at))}
        />
      ))}
      <button type="button" onClick={() => change([...rows, emptyProperty])}>
        <Icon name="plus" />
        {t('types.add_property')}
      </button>
    </>
  )
}

interface PropertyProps {
  row: PropertyRow
  set: (changes: Partial<PropertyRow>) => void
  remove: () => void
}

function Property({ row, set, remove }: PropertyProps) {
  return (
    <fieldset class="card stack">
      <legend>{row.title || t('types.property')}</legend>
      <div class="pair">
        <Field
          label={t('types.property')}
          value={row.title}
          change={(title) => set({ title })}
          maxLength={40}
          required
        />
        {/* Resources have values of that kind. */}
        <Choice
          label={t('types.property_kind')}
          value={row.kind}
          change={(kind) => set({ kind: kind as PropertyRow['kind'] })}
          options={propertyKinds.map((value) => ({ value, label: t(`property.${value}`) }))}
          disabled={row.known !== undefined}
        />
      </div>
      {row.kind === 'choice' && (
        <Field
          label={t('types.values')}
          value={row.values}
          change={(values) => set({ values })}
          required
        />
      )}
      <div class="cluster">
        <Check
          label={t('types.required')}
          checked={row.required}
          change={(required) => set({ required })}
        />
        <button type="button" class="small push" onClick={remove}>
          <Icon name="trash" />
          {t('types.remove_property')}
        </button>
      </div>
    </fieldset>
  )
}
