import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant } from './primitive.ts'

/** A span in which a resource can be booked. */
export const Opening = Type.Object(
  {
    resource_type: Type.String(),
    resource_id: Id,
    name: Type.String({ description: 'The name of the resource' }),
    from_datetime: Instant,
    to_datetime: Instant,
    free_until: Type.Union([Instant, Type.Null()], {
      description: 'Until when it can be booked; null: no booking follows',
    }),
  },
  { additionalProperties: false },
)
export type Opening = Static<typeof Opening>

export const OpeningList = Type.Array(Opening)
