import { Type, type Static } from '@sinclair/typebox'
import { AttachedFile, bookingFilesMax } from './booking-file.ts'
import { oneOrAny } from './allocation-bundle.ts'
import { Id, Instant, text } from './primitive.ts'

/** The most resources of one booking, `count` included. */
export const bookingItemsMax = 20

const closed = { additionalProperties: false }
export const BookingState = Type.Union([
  Type.Literal('requested'),
  Type.Literal('confirmed'),
  Type.Literal('checked_out'),
  Type.Literal('late'),
  Type.Literal('returned'),
  Type.Literal('rejected'),
  Type.Literal('cancelled'),
  Type.Literal('expired'),
  Type.Literal('no_show'),
])
export type BookingState = Static<typeof BookingState>

const title = text(100, 1, 'What it is for')
const note = text(2000)
const reason = text(500, 1, 'The reason, shown to the person it is for')
const PersonId = Type.String({
  ...Id,
  description: 'The user it is for: yourself, unless you may book for others',
})

const WantedItem = Type.Object(oneOrAny(bookingItemsMax), closed)
export type WantedItem = Static<typeof WantedItem>

const BookedItem = Type.Object(
  {
    allocation_id: Type.String({ ...Id, description: 'Its row in the inventory' }),
    resource_id: Id,
    resource_type: Type.String(),
    policies: Type.Array(Id, { description: 'The versions it was judged by, the widest first' }),
    late_since: Type.Optional(
      Type.String({
        ...Instant,
        description: 'When the previous user, who still has it, was due to return it',
      }),
    ),
    lost_since: Type.Optional(
      Type.String({
        ...Instant,
        description: 'When the inventory released its time although it was checked out',
      }),
    ),
  },
  closed,
)
export type BookedItem = Static<typeof BookedItem>

const Moment = (description: string) => Type.Union([Instant, Type.Null()], { description })

/** Resources that a person has for a span of time, and the state of that. */
export const Booking = Type.Object(
  {
    id: Id,
    number: Type.String({ description: 'The number people use: `7Q2M9-XDF4K`' }),
    state: BookingState,
    title: Type.String(),
    note: Type.String(),
    from: Instant,
    to: Instant,
    items: Type.Array(BookedItem),
    booked_for: Type.String(),
    created_by: Type.String(),
    created: Instant,
    decide_by: Moment('When a request expires unless it is decided'),
    check_in_by: Moment('When it lapses unless it is picked up'),
    decided_by: Type.Union([Type.String(), Type.Null()], {
      description: 'Who approved, rejected or cancelled it',
    }),
    reason: Type.Union([Type.String(), Type.Null()]),
    series_id: Type.Union([Id, Type.Null()], { description: 'The series it is one of' }),
  },
  closed,
)
export type Booking = Static<typeof Booking>

/** Counted from the rows of both services. */
export const BookingAudit = Type.Object(
  {
    bookings: Type.Integer(),
    unbacked: Type.Integer({
      description: 'Items whose allocation is missing or differs; must be 0',
    }),
    orphaned: Type.Integer({ description: 'Allocations without a booking; must be 0' }),
    rule_broken: Type.Integer({
      description: 'Bookings that break the rules they were made by; must be 0',
    }),
    over_quota: Type.Integer({ description: 'Quotas that are exceeded; must be 0' }),
  },
  closed,
)
export type BookingAudit = Static<typeof BookingAudit>

export const PendingBookings = Type.Object(
  {
    count: Type.Integer(),
    manages: Type.Boolean({ description: 'Whether you decide about any bookings of others' }),
  },
  closed,
)
export type PendingBookings = Static<typeof PendingBookings>

export const BookingList = Type.Array(Booking)

export const NewBooking = Type.Object(
  {
    items: Type.Array(WantedItem, { minItems: 1, maxItems: bookingItemsMax }),
    from: Instant,
    to: Instant,
    title,
    booked_for: Type.Optional(PersonId),
    note: Type.Optional(note),
    files: Type.Optional(
      Type.Array(AttachedFile, {
        maxItems: bookingFilesMax,
        description: 'Files of yours to attach. `dry_run` does not check them',
      }),
    ),
    dry_run: Type.Optional(
      Type.Boolean({ description: 'Only report the outcome: 200 instead of 201' }),
    ),
  },
  {
    ...closed,
    examples: [
      {
        items: [{ type: 'Car' }],
        from: '2027-06-01T08:00:00Z',
        to: '2027-06-01T16:00:00Z',
        title: 'Visit to a customer in Kassel',
      },
    ],
  },
)
export type NewBooking = Static<typeof NewBooking>

/** A preview of a booking. */
export const BookingOutlook = Type.Object(
  {
    state: Type.Union([Type.Literal('requested'), Type.Literal('confirmed')]),
    from: Instant,
    to: Instant,
    decide_by: Moment('When the request would expire'),
    items: Type.Array(Type.Object({ resource_id: Id, resource_type: Type.String() }, closed), {
      description: 'What would be booked now',
    }),
  },
  closed,
)
export type BookingOutlook = Static<typeof BookingOutlook>

export const BookingChange = Type.Object(
  {
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    title: Type.Optional(title),
    note: Type.Optional(note),
    booked_for: Type.Optional(
      Type.String({ ...Id, description: 'Another user to give it to, by the rules for them' }),
    ),
    swap: Type.Optional(
      Type.Array(Type.Object({ allocation_id: Id, resource_id: Id }, closed), {
        minItems: 1,
        maxItems: bookingItemsMax,
        description: 'Other resources for some of its items',
      }),
    ),
  },
  { ...closed, minProperties: 1, examples: [{ to: '2027-06-01T17:00:00.000Z' }] },
)
export type BookingChange = Static<typeof BookingChange>

export const BookingDecision = Type.Object(
  { reason },
  { ...closed, examples: [{ reason: 'The meeting is online now.' }] },
)
export type BookingDecision = Static<typeof BookingDecision>

export const BookingCancellation = Type.Object(
  { reason: Type.Optional(reason) },
  { ...closed, examples: [{ reason: 'The meeting is online now.' }] },
)
export type BookingCancellation = Static<typeof BookingCancellation>
