import { Type, type Static } from '@sinclair/typebox'
import { Allocation } from './allocation.ts'
import { Id, Instant, text } from './primitive.ts'

const closed = { additionalProperties: false }

const calendar = {
  id: Id,
  name: Type.String(),
  resource_id: Type.Union([Id, Type.Null()]),
  type: Type.Union([Type.String(), Type.Null()], {
    description: 'Without either: your own bookings',
  }),
  created: Instant,
  last_read: Type.Union([Instant, Type.Null()], { description: 'Accurate to about an hour' }),
}

/** A calendar that other programs subscribe to, without its address. */
export const Calendar = Type.Object(calendar, closed)
export type Calendar = Static<typeof Calendar>

export const CalendarList = Type.Array(Calendar)

/** The only response with the address. */
export const CreatedCalendar = Type.Object(
  {
    ...calendar,
    url: Type.String({
      description:
        'Where calendar programs subscribe. Shown only now. Anyone with it sees what you see; ' +
        'without `PUBLIC_URL` it begins with the path',
    }),
  },
  closed,
)
export type CreatedCalendar = Static<typeof CreatedCalendar>

export const NewCalendar = Type.Object(
  {
    name: Type.Optional(text(100, 1, 'By default that of the resource or type')),
    resource_id: Type.Optional(Type.String({ ...Id, description: 'All bookings of a resource' })),
    type: Type.Optional(text(50, 1, 'All bookings of a type, such as `Car`')),
  },
  { ...closed, examples: [{ name: 'My bookings' }] },
)
export type NewCalendar = Static<typeof NewCalendar>

/** The request of a service to inventory for a user's calendar. */
export const CalendarQuery = Type.Object(
  {
    viewer: Type.Object(
      {
        id: Type.String({ maxLength: 50 }),
        groups: Type.Union([Type.Array(Id, { maxItems: 50 }), Type.Null()], {
          description: 'What they may see; null: everything',
        }),
      },
      closed,
    ),
    resource_id: Type.Optional(Id),
    type_id: Type.Optional(Id),
    type: Type.Optional(text(50, 1, 'Its name, from an earlier release of the service')),
    from: Instant,
    to: Instant,
    named: Type.Array(Id, {
      maxItems: 1000,
      description: 'Other resources whose names are wanted',
    }),
  },
  {
    ...closed,
    examples: [
      {
        viewer: { id: '01a1fe45-0000-7000-8000-000000000000', groups: [] },
        type_id: '01a1fe45-0000-7000-8000-000000000000',
        from: '2027-03-01T00:00:00Z',
        to: '2027-04-01T00:00:00Z',
        named: [],
      },
    ],
  },
)
export type CalendarQuery = Static<typeof CalendarQuery>

/** An allocation with its revision, for a calendar. */
export const CalendarEntry = Type.Object(
  { allocation: Allocation, version: Type.Integer(), revised: Instant },
  closed,
)
export type CalendarEntry = Static<typeof CalendarEntry>

export const CalendarEntries = Type.Object(
  {
    name: Type.Union([Type.String(), Type.Null()], {
      description: 'Of the resource or type; null when there is none for the viewer',
    }),
    entries: Type.Array(CalendarEntry),
    resources: Type.Array(Type.Object({ id: Id, name: Type.String() }, closed), {
      description: 'Those that the viewer sees',
    }),
  },
  closed,
)
export type CalendarEntries = Static<typeof CalendarEntries>

/** What a policy may name as `closed`. */
export const ClosedDays = Type.Object(
  {
    closed: Type.Array(Type.String({ examples: ['2027-12-25'] }), {
      description: 'For `closed` of a policy',
    }),
    days: Type.Array(Type.Object({ day: Type.String(), name: Type.String() }, closed), {
      description: 'The same with their names',
    }),
  },
  closed,
)
export type ClosedDays = Static<typeof ClosedDays>
