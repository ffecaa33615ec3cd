import { and, sql, type SQL } from 'drizzle-orm'
import { invalid, ProblemError } from '../../shared/problem.ts'
import type { PropertyRule, PropertySchema } from '../../shared/schemas/resource-type.ts'
import type { Store } from '@campus/store/store.ts'
import { toChoice } from './property-schema.ts'
import type { InventoryTables } from './tables.ts'

/** One condition on a property: `seats>=5`. */
export interface Condition {
  name: string
  operator: Operator
  value: string
}

type Operator = '=' | '!=' | '<' | '<=' | '>' | '>='

/** Syntax help for the document and for errors. */
export const whereText =
  'Conditions on properties, separated by commas: `seats>=5,fuel=diesel`. Each is a name, one of ' +
  '= != < <= > >= and a value. Write a value with a comma as a JSON string: ' +
  '`colour="red, blue"`. A resource without the property does not match.'

// Enough in practice, at a fraction of a millisecond per thousand resources.
const conditionsMax = 10

const condition = /([a-z][a-z0-9_]{0,39})(!=|<=|>=|=|<|>)("(?:[^"\\]|\\.)*"|[^",]*)(?:,|$)/y
// JSON's own numbers, short enough to be exact in both databases.
const number = /^-?\d{1,15}(\.\d{1,15})?$/

/**
 * Reads the conditions of a query: `where=seats>=5,fuel=diesel`.
 * @param schema of the requested type: unknown names are refused, unless it allows additional
 *   properties; undefined: all types
 * @throws 422 that names the faulty condition and the reason
 */
export function readConditions(where: string | undefined, schema?: PropertySchema): Condition[] {
  const conditions: Condition[] = []
  const text = where ?? ''
  condition.lastIndex = 0
  for (let at = 0; at < text.length; at = condition.lastIndex) {
    const match = condition.exec(text)
    if (!match) throw refuse(`Invalid condition at ${JSON.stringify(text.slice(at, at + 40))}`)
    const [, name = '', operator, given = ''] = match
    conditions.push({ name, operator: operator as Operator, value: readValue(given) })
  }
  if (text.endsWith(',')) throw refuse('It ends with a comma')
  if (conditions.length > conditionsMax)
    throw refuse(`It has more than ${conditionsMax} conditions`)
  for (const one of conditions) {
    const fault = faultOf(one, schema)
    if (fault) throw refuse(fault)
  }
  return conditions
}

/**
 * The same, of a body.
 * @param pointer to the conditions, for errors: `#/where`
 */
export function readBodyConditions(
  where: string | undefined,
  schema: PropertySchema,
  pointer: string,
): Condition[] {
  try {
    return readConditions(where, schema)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    throw invalid([{ pointer, detail: error.message.replace(/^\?where: /, '') }], error.code)
  }
}

/** Whether a value is compared with numbers. */
export function isNumber(value: string): boolean {
  return number.test(value)
}

function readValue(given: string): string {
  if (!given.startsWith('"')) return given.trim()
  const value = parse(given)
  // Escaped, these pass the check of the whole text; no property contains them.
  if (value.includes('\0') || !value.isWellFormed()) {
    throw refuse(`${given} contains a NUL or a lone surrogate`)
  }
  return value
}

function parse(given: string): string {
  try {
    return JSON.parse(given) as string
  } catch {
    throw refuse(`${given} is not a valid JSON string`)
  }
}

function faultOf(
  { name, operator, value }: Condition,
  schema?: PropertySchema,
): string | undefined {
  const rules = schema?.properties ?? {}
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
  if (!rule && schema && !schema.additionalProperties) {
    return `The type has no property ${name}. ${toChoice(Object.keys(rules))}`
  }
  const isOrder = operator !== '=' && operator !== '!='
  if (isOrder && !isNumeric(rule)) return `${name} has no order: use = or !=`
  if (isNumber(value) || (rule ? !isNumeric(rule) : !isOrder)) return undefined
  return `${name} is compared with a number, such as 5 or 2.5`
}

// A property without a rule may be a number.
function isNumeric(rule: PropertyRule | undefined): boolean {
  return rule === undefined || rule.type === 'integer' || rule.type === 'number'
}

/** SQL for resources that match all conditions; undefined without any. Values are parameters. */
export function meetsConditions(
  { json }: Pick<Store, 'json'>,
  { properties }: InventoryTables['resources'],
  conditions: Condition[],
): SQL | undefined {
  return and(
    ...conditions.map(({ name, operator, value }) => {
      const compare = operators[operator]
      const asText = sql`${json.text(properties, name)} ${compare} ${value}`
      const asNumber = sql`${json.number(properties, name)} ${compare} CAST(${value} AS numeric)`
      if (!isNumber(value)) return sql`coalesce(${asText}, false)`
      const isOrder = operator !== '=' && operator !== '!='
      return isOrder
        ? sql`coalesce(${asNumber}, false)`
        : sql`coalesce(${asNumber}, ${asText}, false)`
    }),
  )
}

const operators: Record<Operator, SQL> = {
  '=': sql`=`,
  '!=': sql`<>`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
}

function refuse(what: string) {
  const detail = `${what}. ${whereText}`
  return invalid([{ pointer: '?where', detail }], 'where_invalid')
}
