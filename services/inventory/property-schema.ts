import { Type } from '@sinclair/typebox'
import { toJsonPointer, type FieldError } from '../../shared/problem.ts'
import { listFaults } from '../../shared/schema-fault.ts'
import { text, type JsonObject } from '../../shared/schemas/primitive.ts'
import type {
  NewPropertySchema,
  PropertyRule,
  PropertySchema,
} from '../../shared/schemas/resource-type.ts'

const rulesMax = 30
// Read whenever a resource is created or changed.
const schemaBytesMax = 8192
// Nobody reads more faults than this one by one.
const faultsMax = 30
const namePattern = /^[a-z][a-z0-9_]{0,39}$/

/**
 * Reads the property rules of a new or changed type.
 * @param errors receives every fault; do not use the schema then
 */
export function readPropertySchema(given: NewPropertySchema, errors: FieldError[]): PropertySchema {
  const { properties = {}, required = [], additionalProperties = false } = given
  const schema: PropertySchema = { type: 'object', properties, required, additionalProperties }
  const report = (path: string[], detail: string) =>
    errors.push({ pointer: toPointer('property_schema', ...path), detail })
  const names = Object.keys(properties)
  if (names.length > rulesMax) report(['properties'], `At most ${rulesMax} properties.`)
  for (const name of names.slice(0, rulesMax)) {
    const place = ['properties', name]
    if (!namePattern.test(name)) report(place, badName)
    const fault = faultOfRule(properties[name] as PropertyRule)
    if (fault) report(place, fault)
  }
  for (const [at, name] of required.entries()) {
    if (Object.hasOwn(properties, name)) continue
    report(['required', String(at)], 'Not one of the properties.')
  }
  if (Buffer.byteLength(JSON.stringify(schema)) > schemaBytesMax) {
    report([], `At most ${schemaBytesMax} bytes as JSON.`)
  }
  return schema
}

const badName =
  'A name is a lower-case letter, then up to 39 lower-case letters, digits and underscores.'

function faultOfRule(rule: PropertyRule): string | undefined {
  const { type, minimum, maximum, minLength, maxLength } = rule
  const isNumber = type === 'integer' || type === 'number'
  if (!isNumber && (minimum ?? maximum) !== undefined)
    return 'Only a number has a minimum or maximum.'
  if (type !== 'string' && (minLength ?? maxLength) !== undefined)
    return 'Only a string has a length.'
  if ((minimum ?? -Infinity) > (maximum ?? Infinity)) return 'The minimum is above the maximum.'
  if ((minLength ?? 0) > (maxLength ?? Infinity)) return 'The minimum length is above the maximum.'
  const { enum: choices, ...others } = rule
  if (choices && type === 'boolean') return 'A boolean cannot have an enum.'
  if (new Set(choices).size !== (choices?.length ?? 0)) return 'The enum has a duplicate value.'
  const misfit = choices?.find((choice) => faultOf(others, choice))
  return misfit === undefined ? undefined : `${JSON.stringify(misfit)} does not match its own rule.`
}

/**
 * Checks the properties of a resource.
 * @param errors receives every fault, up to thirty
 */
export function checkProperties(
  { properties: rules, required, additionalProperties }: PropertySchema,
  properties: JsonObject,
  errors: FieldError[],
): void {
  const faults: FieldError[] = []
  const report = (name: string, detail: string) =>
    faults.push({ pointer: toPointer('properties', name), detail })
  for (const name of required) {
    if (!Object.hasOwn(properties, name)) report(name, 'Required')
  }
  for (const [name, value] of Object.entries(properties)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule) {
      const fault = faultOf(rule, value)
      if (fault) report(name, fault)
    } else if (!additionalProperties) {
      report(name, `Unknown property. ${toChoice(Object.keys(rules))}`)
    }
  }
  errors.push(...faults.slice(0, faultsMax))
}

/** For error messages: lists the properties. */
export function toChoice(names: string[]): string {
  return names.length > 0 ? `Properties: ${names.join(', ')}.` : 'The type has none.'
}

function faultOf({ enum: choices, ...rule }: PropertyRule, value: unknown): string | undefined {
  const [fault] = listFaults(Type.Unsafe(bound(rule)), value)
  if (fault) return fault.detail
  if (choices && !choices.includes(value as string | number)) {
    return `Expected one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`
  }
  return undefined
}

const textLengthMax = 1000

// For texts; the other types have no length.
function bound({ maxLength = textLengthMax, ...rule }: Omit<PropertyRule, 'enum'>) {
  return { ...text(Math.min(maxLength, textLengthMax)), ...rule }
}

// A name in full helps nobody.
function toPointer(...path: string[]): string {
  return toJsonPointer(path.map((name) => name.slice(0, 100)))
}
