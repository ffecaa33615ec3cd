import { Type, type Static } from '@sinclair/typebox'
import { Allocation, BusySpan, ConflictingAllocation, NewAllocation, Span } from './allocation.ts'
import { Id, text } from './primitive.ts'
import { problemOf } from './problem.ts'

/** The most allocations one request may make, `count` included. */
export const bundleMax = 100

const { allocation_type, booked_for, description, dump, hold_for, reference } =
  NewAllocation.properties
const { from_datetime, from_infinity, to_datetime, to_infinity } = NewAllocation.properties
const span = { from_datetime, from_infinity, to_datetime, to_infinity }

/** One resource, or a number of any of a type. */
export const oneOrAny = (countMax: number) => ({
  resource_id: Type.Optional(Id),
  type: Type.Optional(text(50, 1, 'Any resource of this type, such as `Car`')),
  where: Type.Optional(text(500, 0, 'Conditions on its properties: `seats>=5,fuel=diesel`')),
  count: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: countMax,
      description: 'How many of the type; default 1',
    }),
  ),
})

export const BundleItem = Type.Object(
  {
    ...oneOrAny(bundleMax),
    prefer: Type.Optional(
      Type.Array(Id, { maxItems: 10, description: 'Resources of the type to try first' }),
    ),
    ...span,
  },
  { additionalProperties: false },
)
export type BundleItem = Static<typeof BundleItem>

export const NewBundle = Type.Object(
  {
    items: Type.Array(BundleItem, { minItems: 1, maxItems: bundleMax }),
    mode: Type.Optional(
      Type.Union([Type.Literal('all'), Type.Literal('skip')], {
        description: '`all`: all items or nothing. `skip`: whatever is available',
      }),
    ),
    ...span,
    allocation_type,
    booked_for,
    description,
    dump,
    hold_for,
    reference,
  },
  {
    additionalProperties: false,
    examples: [
      {
        items: [{ type: 'Car' }],
        from_datetime: '2027-03-01T09:00:00Z',
        to_datetime: '2027-03-01T17:00:00Z',
      },
    ],
  },
)
export type NewBundle = Static<typeof NewBundle>

const ItemCode = Type.Union([
  Type.Literal('allocation_overlap'),
  Type.Literal('none_free'),
  Type.Literal('resource_not_found'),
  Type.Literal('not_on_slot_grid'),
  Type.Literal('items_overlap'),
])
export type ItemCode = Static<typeof ItemCode>

const Skipped = Type.Object(
  {
    item: Type.Integer({ description: 'Which of the items, counted from 0' }),
    code: ItemCode,
    count: Type.Integer({ description: 'How many of it were not available' }),
  },
  { additionalProperties: false },
)
export type Skipped = Static<typeof Skipped>

export const ItemRefusal = Type.Object(
  {
    item: Type.Integer({ description: 'Which of the items, counted from 0' }),
    code: ItemCode,
    conflicts: Type.Array(ConflictingAllocation, {
      description: 'The earliest conflicting bookings',
    }),
    next_free: Type.Union([Span, Type.Null()], {
      description: 'When the resource is next free for as long, if soon',
    }),
    resource_type: Type.Optional(Type.String({ description: 'Of the resource, if it has one' })),
    peers: Type.Array(Type.Object({ id: Id, name: Type.String() }), {
      description: 'Free resources of the same type',
    }),
    ...BusySpan.properties,
  },
  { additionalProperties: false },
)
export type ItemRefusal = Static<typeof ItemRefusal>

export const AllocatedBundle = Type.Object(
  {
    allocations: Type.Array(Allocation, { description: 'In the order of the items' }),
    skipped: Type.Array(Skipped, {
      description: 'Items that were not available, with `mode: skip`',
    }),
  },
  { additionalProperties: false },
)
export type AllocatedBundle = Static<typeof AllocatedBundle>

export const BundleProblem = problemOf('not_all_free', {
  items: Type.Array(ItemRefusal, { description: 'Each unavailable item, and why' }),
})
