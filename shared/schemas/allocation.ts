import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, JsonObject, text } from './primitive.ts'
import { problemOf } from './problem.ts'

const Bound = Type.Union([Instant, Type.Null()])

/** Half-open `[from, to)`; a null bound goes with its infinity flag. */
const span = { from_datetime: Bound, to_datetime: Bound }

export const Span = Type.Object(span, { additionalProperties: false })
export type Span = Static<typeof Span>

const AllocationType = Type.String({
  minLength: 1,
  maxLength: 20,
  pattern: '^[a-z][a-z0-9_-]*$',
  description: '`booking`, `maintenance`, or another short word',
})

const Status = Type.Union([Type.Literal('held'), Type.Literal('confirmed')])

/** How long a hold lasts unless it is confirmed: an ISO 8601 duration of hours and smaller. */
export const HoldFor = Type.String({
  pattern: '^PT(\\d{1,2}H)?(\\d{1,4}M)?(\\d{1,5}S)?$',
  maxLength: 20,
  description: 'Hold it for so long, at most 24 hours: it ends by itself unless it is confirmed',
  examples: ['PT15M'],
})

const BookedFor = Type.String({
  ...Id,
  description: 'A user: yourself, or, for administrators, anybody',
})

const Reference = text(
  64,
  1,
  'Your own word for it, such as the number of an order; others may have the same',
)

/** One resource, taken for one span of time. */
export const Allocation = Type.Object(
  {
    id: Id,
    resource_type: Type.String(),
    resource_id: Id,
    from_infinity: Type.Boolean(),
    to_infinity: Type.Boolean(),
    ...span,
    allocation_type: Type.String(),
    description: Type.String(),
    dump: JsonObject,
    created: Instant,
    created_by: Type.String(),
    booked_for: Type.String({ description: 'Whose booking it is: by default, of who made it' }),
    reference: Type.Union([Type.String(), Type.Null()]),
    status: Status,
    held_until: Type.Union([Instant, Type.Null()], {
      description: 'When a hold ends by itself; null: it is confirmed',
    }),
  },
  { additionalProperties: false },
)
export type Allocation = Static<typeof Allocation>

const change = {
  from_infinity: Type.Optional(Type.Boolean()),
  to_infinity: Type.Optional(Type.Boolean()),
  from_datetime: Type.Optional(Bound),
  to_datetime: Type.Optional(Bound),
  allocation_type: Type.Optional(AllocationType),
  description: Type.Optional(text(100)),
  dump: Type.Optional(JsonObject),
  booked_for: Type.Optional(BookedFor),
  reference: Type.Optional(Type.Union([Reference, Type.Null()])),
}

export const NewAllocation = Type.Object(
  { ...change, hold_for: Type.Optional(HoldFor) },
  {
    additionalProperties: false,
    examples: [
      {
        from_datetime: '2027-02-01T00:00:00Z',
        to_datetime: '2027-02-02T00:00:00Z',
        description: 'Customer visit',
      },
    ],
  },
)
export type NewAllocation = Static<typeof NewAllocation>

export const AllocationChange = Type.Object(change, {
  additionalProperties: false,
  minProperties: 1,
  examples: [{ to_datetime: '2027-02-03T00:00:00.000Z' }],
})
export type AllocationChange = Static<typeof AllocationChange>

export const HoldExtension = Type.Object(
  { hold_for: HoldFor },
  { additionalProperties: false, examples: [{ hold_for: 'PT30M' }] },
)
export type HoldExtension = Static<typeof HoldExtension>

export const AllocationList = Type.Array(Allocation)

/** What already has some of the time that was asked for. */
export const ConflictingAllocation = Type.Object(
  {
    id: Id,
    ...span,
    status: Status,
    mine: Type.Boolean({ description: 'Your own: a hold can be confirmed, a booking moved' }),
  },
  { additionalProperties: false },
)
export type ConflictingAllocation = Static<typeof ConflictingAllocation>

export const OverlapProblem = problemOf('allocation_overlap', {
  conflicts: Type.Array(ConflictingAllocation, { description: 'The earliest of them' }),
})

export const Availability = Type.Object(
  { busy: Type.Array(Span), free: Type.Array(Span) },
  { additionalProperties: false },
)
export type Availability = Static<typeof Availability>

export const Slot = Type.Object({ ...span, free: Type.Boolean() }, { additionalProperties: false })
export type Slot = Static<typeof Slot>

export const SlotList = Type.Array(Slot)

/** Counted from the rows themselves. */
export const Audit = Type.Object(
  {
    resources: Type.Integer(),
    allocations: Type.Integer(),
    blocking_holds: Type.Integer({
      description: 'Ended holds that still refuse a booking: 0',
    }),
    overlaps: Type.Integer({ description: 'Allocations that begin before an earlier one ends: 0' }),
    constraint: Type.Boolean({ description: 'The database itself refuses overlaps' }),
  },
  { additionalProperties: false },
)
export type Audit = Static<typeof Audit>
