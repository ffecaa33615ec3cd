import { Type, type Static } from '@sinclair/typebox'

export const BounceResult = Type.Object(
  {
    noted: Type.Boolean({
      description: 'Whether somebody gets no more mails at that address, as of this report',
    }),
  },
  { additionalProperties: false },
)
export type BounceResult = Static<typeof BounceResult>
