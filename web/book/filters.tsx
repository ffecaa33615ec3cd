import type { PropertyRule, ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { t } from '../i18n.ts'
import { Choice, Field } from '../ui/form.tsx'

/** By property: at least that number, otherwise an exact match; empty: any. */
export type Wishes = Record<string, string>

interface FiltersProps {
  type: ResourceType
  wishes: Wishes
  change: (wishes: Wishes) => void
}

/** Fields for required properties, as defined by the type. */
export function Filters({ type, wishes, change }: FiltersProps) {
  const rules = listRules(type)
  if (rules.length === 0) return null
  return (
    <details class="filters">
      <summary>{t('book.filter')}</summary>
      <div class="pair">
        {rules.map(([name, rule]) => (
          <Filter
            key={name}
            label={rule.title ?? name}
            rule={rule}
            value={wishes[name] ?? ''}
            change={(value) => change({ ...wishes, [name]: value })}
          />
        ))}
      </div>
    </details>
  )
}

interface FilterProps {
  label: string
  rule: PropertyRule
  value: string
  change: (value: string) => void
}

function Filter({ label, rule, value, change }: FilterProps) {
  if (isNumber(rule) && !rule.enum) {
    return (
      <Field
        label={t('book.at_least', { name: label })}
        type="number"
        value={value}
        change={change}
      />
    )
  }
  const values = rule.type === 'boolean' ? ['true', 'false'] : (rule.enum ?? []).map(String)
  const options = values.map((one) => ({ value: one, label: describeValue(one) }))
  return <Choice {...{ label, value, change }} options={[{ value: '', label: '–' }, ...options]} />
}

/** Whether a resource matches. */
export function meets({ properties }: Resource, wishes: Wishes, type: ResourceType): boolean {
  return listRules(type).every(([name, rule]) => {
    const wish = wishes[name] ?? ''
    if (wish === '') return true
    const value = properties[name]
    return isNumber(rule) && !rule.enum
      ? typeof value === 'number' && value >= Number(wish)
      : String(value) === wish
  })
}

/** Wishes as the server filters by them: `seats>=5,fuel=diesel`. */
export function toWhere(wishes: Wishes, type: ResourceType): string {
  return listRules(type)
    .filter(([name]) => wishes[name])
    .map(([name, rule]) => {
      const wish = wishes[name] ?? ''
      if (isNumber(rule)) return `${name}${rule.enum ? '=' : '>='}${wish}`
      return `${name}=${/[",]/.test(wish) ? JSON.stringify(wish) : wish}`
    })
    .join(',')
}

/** Describes a resource: `Seats: 5, Fuel: diesel`, and its location by the note. */
export function describeProperties(resource: Resource, type: ResourceType): string {
  const parts = listProperties(resource, [type]).map(([name, value]) => `${name}: ${value}`)
  return [...parts, resource.note].filter(Boolean).join(', ')
}

/** Its properties, with the type's titles and readable values. */
export function listProperties(
  { resource_type, properties }: Resource,
  types: ResourceType[],
): (readonly [name: string, value: string])[] {
  const type = types.find(({ name }) => name === resource_type)
  const rules = type?.property_schema.properties
  return Object.entries(properties).map(
    ([name, value]) => [rules?.[name]?.title ?? name, describeValue(String(value))] as const,
  )
}

function describeValue(value: string): string {
  if (value === 'true') return t('property.yes')
  return value === 'false' ? t('property.no') : value
}

function isNumber({ type }: PropertyRule): boolean {
  return type === 'integer' || type === 'number'
}

function listRules({ property_schema }: ResourceType): [string, PropertyRule][] {
  return Object.entries(property_schema.properties).filter(
    ([, rule]) => rule.type !== 'string' || rule.enum,
  )
}
