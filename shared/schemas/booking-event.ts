import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant } from './primitive.ts'

const closed = { additionalProperties: false }
const Person = Type.Union([Type.String(), Type.Null()])

/** What happened to a booking, and its state now. */
export const BookingNews = Type.Object(
  {
    number: Type.String(),
    title: Type.String(),
    from: Instant,
    to: Instant,
    booked_for: Type.String(),
    created_by: Type.String(),
    by: Type.Union([Type.String(), Type.Null()], {
      description: 'The user who caused it; null: automatic, such as an expiry, or by hand',
    }),
    reason: Type.Union([Type.String(), Type.Null()], {
      description: 'Of `booking.damaged`: what was noted at the return',
    }),
    items: Type.Array(Type.Object({ resource_id: Id, resource_type: Type.String() }, closed), {
      description: 'Of `booking.damaged`: what was returned damaged, an event each',
    }),
    was: Type.Union(
      [
        Type.Object(
          {
            title: Type.Optional(Type.String()),
            from: Type.Optional(Instant),
            to: Type.Optional(Instant),
            booked_for: Type.Optional(Person),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'The former values of what changed' },
    ),
    late_since: Type.Optional(Type.String({ ...Instant, description: 'When it was due back' })),
    series: Type.Union(
      [
        Type.Object(
          {
            id: Id,
            count: Type.Integer(),
            from: Instant,
            to: Instant,
            first: Type.Boolean({ description: 'Whether this event represents all of them' }),
          },
          closed,
        ),
        Type.Null(),
      ],
      {
        description: 'When it happened to several bookings of a series at once: how many, and when',
      },
    ),
  },
  closed,
)
export type BookingNews = Static<typeof BookingNews>

export const BookingEvent = Type.Object(
  {
    id: Type.String(),
    kind: Type.String({ description: 'Such as `booking.approved`' }),
    booking_id: Id,
    happened: Instant,
    data: BookingNews,
  },
  closed,
)
export type BookingEvent = Static<typeof BookingEvent>

export const BookingEvents = Type.Object(
  {
    events: Type.Array(BookingEvent),
    next: Type.String({ description: '`after` for the next request' }),
  },
  closed,
)
export type BookingEvents = Static<typeof BookingEvents>

/** What is due to be told. */
export const DueBookings = Type.Object(
  {
    after: Instant,
    until: Type.String({
      ...Instant,
      description: 'The end of the searched window; never in the future',
    }),
    events: Type.Array(BookingEvent),
    next: Type.Union([Type.String(), Type.Null()], {
      description: '`cursor` of the next page; null: none',
    }),
  },
  closed,
)
export type DueBookings = Static<typeof DueBookings>

/** Asks who may decide about these bookings. */
export const DeciderLookup = Type.Object({ ids: Type.Array(Id, { maxItems: 200 }) }, closed)

export const BookingDeciders = Type.Array(
  Type.Object(
    {
      booking_id: Id,
      groups: Type.Array(Type.String(), {
        description: 'The groups whose members may decide; none: administrators only',
      }),
      damaged: Type.Optional(
        Type.Array(Type.Object({ resource_id: Id, groups: Type.Array(Type.String()) }, closed), {
          description: 'The groups that manage what of it was returned damaged',
        }),
      ),
    },
    closed,
  ),
)
export type BookingDeciders = Static<typeof BookingDeciders>
