import { Type, type Static } from '@sinclair/typebox'
import { ItemRefusal } from './allocation-bundle.ts'
import { BookingState, NewBooking } from './booking.ts'
import { policyProblem, RefusingRule } from './policy.ts'
import { Id, Instant, text } from './primitive.ts'
import { problemOf } from './problem.ts'

const closed = { additionalProperties: false }

const Day = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'A day of the series, in its time zone',
  examples: ['2027-06-09'],
})

const { items, from, to, title, note, booked_for, dry_run } = NewBooking.properties

/** The first booking, its recurrence rule, and what to do about days that are taken. */
export const NewBookingSeries = Type.Object(
  {
    items,
    from,
    to,
    title,
    note,
    booked_for,
    rule: text(200, 1, 'RRULE of RFC 5545 by days, weeks, months or years, with an end'),
    time_zone: text(64, 1, 'IANA time zone: all bookings are at the same local time there'),
    exceptions: Type.Optional(
      Type.Array(Day, {
        maxItems: 400,
        description: 'Days to leave out: they are skipped, and can be booked later',
      }),
    ),
    on_conflict: Type.Optional(
      Type.Union([Type.Literal('fail'), Type.Literal('skip'), Type.Literal('alternative')], {
        description:
          'When a day is taken, or the rules refuse it: `fail` (default): book none. `skip`: ' +
          'leave it out. `alternative`: another free resource of its type, else leave it out',
      }),
    ),
    dry_run,
  },
  {
    ...closed,
    examples: [
      {
        items: [{ type: 'Car' }],
        from: '2027-06-02T08:00:00Z',
        to: '2027-06-02T16:00:00Z',
        title: 'Weekly delivery to Kassel',
        rule: 'FREQ=WEEKLY;COUNT=3',
        time_zone: 'Europe/Berlin',
      },
    ],
  },
)
export type NewBookingSeries = Static<typeof NewBookingSeries>

const day = { date: Day, from: Instant, to: Instant }

const Occurrence = Type.Object(
  {
    ...day,
    booking_id: Type.Union([Id, Type.Null()]),
    state: Type.Union([BookingState, Type.Literal('skipped')]),
    resources: Type.Array(Id),
  },
  closed,
)
export type Occurrence = Static<typeof Occurrence>

/** A series: each day is a booking of its own, or was skipped. */
export const BookingSeries = Type.Object(
  {
    id: Id,
    rule: Type.String(),
    time_zone: Type.String(),
    title: Type.String(),
    note: Type.String(),
    booked_for: Type.String({
      description: 'The user its days are for; single days may be for somebody else',
    }),
    created_by: Type.String(),
    created: Instant,
    occurrences: Type.Array(Occurrence),
  },
  closed,
)
export type BookingSeries = Static<typeof BookingSeries>

/** Why a day cannot be booked. */
const why = {
  refused: Type.Array(ItemRefusal, {
    description: 'The items that are taken, and the conflicting bookings',
  }),
  rules: Type.Array(RefusingRule, { description: 'Every rule that refuses' }),
}

/** A preview of a series, day by day. */
export const BookingSeriesOutlook = Type.Object(
  {
    occurrences: Type.Array(
      Type.Object(
        {
          ...day,
          state: Type.Union(
            [Type.Literal('confirmed'), Type.Literal('requested'), Type.Literal('refused')],
            { description: '`refused`: left out, or the reason to book none' },
          ),
          resources: Type.Array(Id, { description: 'Empty when refused' }),
          ...why,
        },
        closed,
      ),
    ),
  },
  closed,
)
export type BookingSeriesOutlook = Static<typeof BookingSeriesOutlook>

export const RefusedOccurrence = Type.Object({ ...day, ...why }, closed)
export type RefusedOccurrence = Static<typeof RefusedOccurrence>

const occurrences = Type.Array(RefusedOccurrence, {
  description: 'Each day that cannot be booked, and why',
})

export const BookingSeriesProblem = problemOf('not_all_free', { occurrences })

/** 422, or 403 when the person may not book at all. `rules` names each rule once. */
export const BookingSeriesPolicyProblem = problemOf('policy_refused', {
  ...policyProblem,
  occurrences,
})

/** Books a day that was skipped. */
export const NewOccurrence = Type.Object(
  {
    date: Day,
    on_conflict: Type.Optional(
      Type.Union([Type.Literal('fail'), Type.Literal('alternative')], {
        description: '`alternative`: another free resource of the type',
      }),
    ),
  },
  { ...closed, examples: [{ date: '2027-06-09' }] },
)
export type NewOccurrence = Static<typeof NewOccurrence>

const scope = Type.Union([Type.Literal('this'), Type.Literal('following'), Type.Literal('all')], {
  description: 'This day, this and all later days, or all that are not over',
})

/** The changes of a series. What has begun is not changed. */
export const BookingSeriesChange = Type.Object(
  {
    scope,
    date: Type.Optional(Day),
    title: Type.Optional(title),
    note,
    booked_for,
    start_time: Type.Optional(
      Type.String({
        pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
        description: 'The local time at which each day begins, in the zone of the series',
        examples: ['08:00'],
      }),
    ),
    duration: Type.Optional(
      Type.String({
        pattern: '^P(\\d{1,3}D)?(T(\\d{1,4}H)?(\\d{1,5}M)?)?$',
        maxLength: 24,
        description: 'How long each day lasts, in local time',
        examples: ['PT2H30M'],
      }),
    ),
    include_moved: Type.Optional(
      Type.Boolean({ description: 'Also move days that were moved individually' }),
    ),
    on_conflict: Type.Optional(
      Type.Union([Type.Literal('fail'), Type.Literal('skip')], {
        description:
          'When another time is taken, or the rules refuse it: `fail` (default): change nothing. ' +
          '`skip`: that day stays as it is',
      }),
    ),
    dry_run,
  },
  {
    ...closed,
    examples: [{ scope: 'all', start_time: '11:00', duration: 'PT2H' }],
  },
)
export type BookingSeriesChange = Static<typeof BookingSeriesChange>

export const BookingSeriesCancellation = Type.Object(
  {
    scope,
    date: Type.Optional(Day),
    reason: Type.Optional(text(500, 1, 'The reason, shown to the person it is for')),
  },
  {
    ...closed,
    examples: [{ scope: 'following', date: '2027-06-09', reason: 'The customer has moved.' }],
  },
)
export type BookingSeriesCancellation = Static<typeof BookingSeriesCancellation>

/** A decision about all requests of a series. */
export const BookingSeriesDecision = Type.Object(
  {
    approve: Type.Boolean({ description: 'False: they are rejected' }),
    reason: Type.Optional(text(500, 1, 'The reason for a rejection, shown to the requester')),
  },
  { ...closed, examples: [{ approve: true }] },
)
export type BookingSeriesDecision = Static<typeof BookingSeriesDecision>
