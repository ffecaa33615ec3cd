import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, JsonObject, text } from './primitive.ts'
import { problemOf } from './problem.ts'

const Bound = Type.Union([Instant, Type.Null()])

/** Half-open `[from, to)`; a null bound goes with its infinity flag. */
const span = { from_datetime: Bound, to_datetime: Bound }

export const Span = Type.Object(span, { additionalProperties: false })
export type Span = Static<typeof Span>

const busySpan = {
  busy_from: Type.Optional(
    Type.Union([Instant, Type.Null()], {
      description: 'Start of the busy span, buffer included; absent when the same as the start',
    }),
  ),
  busy_to: Type.Optional(Bound),
}

export const BusySpan = Type.Object(busySpan, { additionalProperties: false })
export type BusySpan = Static<typeof BusySpan>

const AllocationType = Type.String({
  minLength: 1,
  maxLength: 20,
  pattern: '^[a-z][a-z0-9_-]*$',
  description: '`booking`, `maintenance`, or another short word',
})

const Status = Type.Union([Type.Literal('held'), Type.Literal('confirmed')])

/** The duration of a hold unless it is confirmed: ISO 8601, hours and smaller. */
export const HoldFor = Type.String({
  pattern: '^PT(\\d{1,2}H)?(\\d{1,4}M)?(\\d{1,5}S)?$',
  maxLength: 20,
  description: 'Make it a hold of this duration, at most 24 hours, that expires unless confirmed',
  examples: ['PT15M'],
})

const BookedFor = Type.String({
  ...Id,
  description: 'A user id: your own, or any for administrators',
})

const Reference = text(64, 1, 'Your own reference, such as an order number; need not be unique')

/** One resource, booked for one span of time. */
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
    booked_for: Type.String({ description: 'The user it is for; by default its creator' }),
    reference: Type.Union([Type.String(), Type.Null()]),
    status: Status,
    held_until: Type.Union([Instant, Type.Null()], {
      description: 'When the hold expires; null: confirmed',
    }),
    ...busySpan,
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

/** A booking that overlaps the requested time. */
export const ConflictingAllocation = Type.Object(
  {
    id: Id,
    ...span,
    status: Status,
    mine: Type.Boolean({ description: 'Whether it is yours, so that you can confirm or move it' }),
    booked_for: Type.Optional(
      Type.String({ description: 'The user it is for; absent if you cannot see the resource' }),
    ),
    allocation_type: Type.Optional(AllocationType),
    ...busySpan,
  },
  { additionalProperties: false },
)
export type ConflictingAllocation = Static<typeof ConflictingAllocation>

export const OverlapProblem = problemOf('allocation_overlap', {
  conflicts: Type.Array(ConflictingAllocation, { description: 'The earliest of them' }),
  ...busySpan,
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
      description: 'Expired holds that still block a booking; must be 0',
    }),
    overlaps: Type.Integer({
      description: 'Allocations that start before an earlier one ends; must be 0',
    }),
    waiters_passed_over: Type.Integer({
      description: 'Entries that wait although their time is free; must be 0',
    }),
    constraint: Type.Boolean({ description: 'Whether the database itself refuses overlaps' }),
  },
  { additionalProperties: false },
)
export type Audit = Static<typeof Audit>
