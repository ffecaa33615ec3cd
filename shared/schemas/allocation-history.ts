import { Type, type Static } from '@sinclair/typebox'
import { Allocation } from './allocation.ts'
import { Id, Instant } from './primitive.ts'

const By = Type.Union([Type.String(), Type.Null()], {
  description: 'The user who did it; null: SQL by hand, or the expiry of a hold',
})

/** What ended a version. */
const Ending = Type.Union(
  (['moved', 'changed', 'confirmed', 'extended', 'released', 'expired'] as const).map((change) =>
    Type.Literal(change),
  ),
)
type Ending = 'moved' | 'changed' | 'confirmed' | 'extended' | 'released' | 'expired'

/** A version of a booking, and what ended it. */
export const AllocationVersion = Type.Object(
  {
    allocation: Allocation,
    valid_from: Instant,
    valid_to: Type.Union([Instant, Type.Null()], { description: 'null: the current version' }),
    change: Type.Unsafe<Ending | null>(Type.Union([Ending, Type.Null()])),
    by: By,
  },
  { additionalProperties: false },
)
export type AllocationVersion = Static<typeof AllocationVersion>

export const AllocationVersionList = Type.Array(AllocationVersion)

/** A change of a booking or resource, in commit order. */
export const Change = Type.Object(
  {
    id: Type.String({ description: 'Its position, for `after`' }),
    kind: Type.String({ examples: ['allocation.moved'] }),
    happened: Instant,
    resource_type: Type.String(),
    resource_id: Id,
    by: By,
    before: Type.Union([Allocation, Type.Null()]),
    after: Type.Union([Allocation, Type.Null()]),
  },
  { additionalProperties: false },
)
export type Change = Static<typeof Change>

export const ChangeList = Type.Array(Change)
