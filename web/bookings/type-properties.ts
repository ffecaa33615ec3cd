import type {
  NewResourceType,
  PropertyRule,
  PropertySchema,
} from '../../shared/schemas/resource-type.ts'
import { InputError } from '../error-text.ts'
import { t } from '../i18n.ts'

export const propertyKinds = ['integer', 'number', 'string', 'boolean', 'choice'] as const

const separator = ', '

/** A property of a type, as typed. */
export interface PropertyRow {
  title: string
  kind: (typeof propertyKinds)[number]
  /** Values of a choice, separated by commas. */
  values: string
  required: boolean
  /** Of one that exists: its name in the values of resources, and what the form does not show. */
  known?: { name: string; rule: PropertyRule }
}

export const emptyProperty: PropertyRow = {
  title: '',
  kind: 'integer',
  values: '',
  required: false,
}

export function toPropertyRows({ properties, required }: PropertySchema): PropertyRow[] {
  return Object.entries(properties).map(([name, rule]) => ({
    title: rule.title ?? name,
    kind: rule.enum ? 'choice' : rule.type,
    values: rule.enum?.join(separator) ?? '',
    required: required.includes(name),
    known: { name, rule },
  }))
}

/** @throws if two have the same name */
export function toPropertySchema(
  rows: PropertyRow[],
): NonNullable<NewResourceType['property_schema']> {
  const named = rows.map((row) => ({ ...row, name: row.known?.name ?? toName(row.title) }))
  const twice = named.find(({ name }, at) => named.findIndex((it) => it.name === name) < at)
  if (twice) throw new InputError(t('types.twice', { title: twice.title }))
  return {
    properties: Object.fromEntries(named.map((row) => [row.name, toRule(row)])),
    required: named.filter((row) => row.required).map(({ name }) => name),
  }
}

/** As the server writes what is typed. */
export function writeRow({ title, kind, values, required }: PropertyRow): PropertyRow {
  return { title, kind, values: readValues(values).join(separator), required }
}

// "Max. weight" → `max_weight`, its name in queries; the server refuses invalid ones.
function toName(title: string): string {
  const letters = title
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
  return letters.match(/[a-z0-9]+/g)?.join('_') ?? title
}

function toRule({ title, kind, values, known }: PropertyRow): PropertyRule {
  const { enum: _, ...rule } = known?.rule ?? { type: 'string' as const }
  if (kind !== 'choice') return { ...rule, type: kind, title }
  // Untouched, as a value may have a comma of its own.
  if (known?.rule.enum?.join(separator) === values) return { ...known.rule, title }
  const texts = readValues(values)
  return { ...rule, title, enum: rule.type === 'string' ? texts : texts.map(Number) }
}

function readValues(text: string): string[] {
  const values = text.split(',').map((value) => value.trim())
  return values.filter(Boolean)
}
