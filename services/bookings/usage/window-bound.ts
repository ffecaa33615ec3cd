import { Type } from '@sinclair/typebox'
import { Instant } from '../../../shared/schemas/primitive.ts'

/** A bound of a window, in a query. */
export function windowBound(description: string) {
  return Type.String({
    ...Instant,
    description,
    'x-shown': { type: 'string', format: 'date-time', description },
  })
}
