import { and, sql, type SQL } from 'drizzle-orm'
import { invalid } from '../../shared/problem.ts'
import type { PropertyRule, PropertySchema } from '../../shared/schemas/resource-type.ts'
import type { Store } from '../../shared/store/store.ts'
import { toChoice } from './property-schema.ts'
import type { InventoryTables } from './tables.ts'

/** One condition on a property: `seats>=5`. */
export interface Condition {
  name: string
  operator: Operator
  value: string
}

type Operator = '=' | '!=' | '<' | '<=' | '>' | '>='

/** For the document, and for whoever gets it wrong. */
export const whereText =
  'Conditions on properties, joined by commas: `seats>=5,fuel=diesel`. Each is a name, one of ' +
  '= != < <= > >= and a value; one with a comma in it is a JSON string: `colour="red, blue"`. ' +
  'A resource without the property fits none.'

// As many as anyone reads, and a fraction of a millisecond for each thousand resources.
const conditionsMax = 10

const condition = /([a-z][a-z0-9_]{0,39})(!=|<=|>=|=|<|>)("(?:[^"\\]|\\.)*"|[^",]*)(?:,|$)/y
// JSON's own numbers, short enough to be exact in both databases.
const number = /^-?\d{1,15}(\.\d{1,15})?$/

/**
 * Reads the conditions of a query: `where=seats>=5,fuel=diesel`.
 * @param schema of the type that is asked for: what it does not know is refused, unless it lets
 *   resources have other properties; undefined: of all types
 * @throws 422 that says what is wrong with which condition
 */
export function readConditions(where: string | undefined, schema?: PropertySchema): Condition[] {
  const conditions: Condition[] = []
  const text = where ?? ''
  condition.lastIndex = 0
  for (let at = 0; at < text.length; at = condition.lastIndex) {
    const match = condition.exec(text)
    if (!match) throw refuse(`From ${JSON.stringify(text.slice(at, at + 40))} on it cannot be read`)
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

function readValue(given: string): string {
  if (!given.startsWith('"')) return given.trim()
  const value = parse(given)
  // As escapes they come past the check of the whole text, and no property has them.
  if (value.includes('\0') || !value.isWellFormed()) {
    throw refuse(`${given} has a NUL or half of a surrogate pair in it`)
  }
  return value
}

function parse(given: string): string {
  try {
    return JSON.parse(given) as string
  } catch {
    throw refuse(`${given} is no JSON string`)
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
  if (isOrder && !isNumeric(rule)) return `${name} has no order: ask with = or !=`
  if (number.test(value) || (rule ? !isNumeric(rule) : !isOrder)) return undefined
  return `${name} is compared with a number, such as 5 or 2.5`
}

// What no rule is about may be a number.
function isNumeric(rule: PropertyRule | undefined): boolean {
  return rule === undefined || rule.type === 'integer' || rule.type === 'number'
}

/** Which resources fit all conditions; undefined when there are none. Values are parameters. */
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
      if (!number.test(value)) return sql`coalesce(${asText}, false)`
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
