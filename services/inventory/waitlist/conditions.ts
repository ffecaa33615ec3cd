import type { PropertySchema } from '../../../shared/schemas/resource-type.ts'
import { isNumber, readBodyConditions, type Condition } from '../property-filter.ts'

/** A condition as the view `waitlist_matches` reads it. */
interface WaitCondition extends Condition {
  /** Of which kind a property must be to match; `either`: whichever it is. */
  as: 'number' | 'text' | 'either'
}

/**
 * Reads `where` for the database to check whenever a resource has time.
 * @returns a list as JSON
 * @throws 422 that names the faulty condition
 */
export function writeConditions(where: string | undefined, schema: PropertySchema): string {
  const conditions = readBodyConditions(where, schema, '#/where')
  return JSON.stringify(conditions.map((one): WaitCondition => ({ ...one, as: kindOf(one) })))
}

/** The conditions as they are written in `where`; null without any. */
export function toWhere(conditions: string): string | null {
  const list = JSON.parse(conditions) as WaitCondition[]
  const isPlain = (value: string) => value === value.trim() && !/[",]/.test(value)
  const texts = list.map(({ name, operator, value }) => {
    return `${name}${operator}${isPlain(value) ? value : JSON.stringify(value)}`
  })
  return texts.length > 0 ? texts.join(',') : null
}

function kindOf({ operator, value }: Condition): WaitCondition['as'] {
  if (!isNumber(value)) return 'text'
  return operator === '=' || operator === '!=' ? 'either' : 'number'
}
