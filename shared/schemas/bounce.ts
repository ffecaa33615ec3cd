import { Type, type Static } from '@sinclair/typebox'

export const BounceResult = Type.Object(
  {
    noted: Type.Boolean({
      description: 'Whether this report muted an address',
    }),
  },
  { additionalProperties: false },
)
export type BounceResult = Static<typeof BounceResult>
