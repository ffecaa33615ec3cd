import { Type, type Static } from '@sinclair/typebox'
import { ItemRefusal } from './allocation-bundle.ts'
import { BookingState, NewBooking } from './booking.ts'
import { policyProblem, RefusingRule } from './policy.ts'
import { Id, Instant, text } from './primitive.ts'
import { problemOf } from './problem.ts'

const closed = { additionalProperties: false }

const Day = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'A day of the series, as its zone counts days',
  examples: ['2027-06-09'],
})

const { items, from, to, title, note, booked_for, dry_run } = NewBooking.properties

/** The first booking, the rule by which it repeats, and what to do about days that are taken. */
export const NewBookingSeries = Type.Object(
  {
    items,
    from,
    to,
    title,
    note,
    booked_for,
    rule: text(200, 1, 'RRULE of RFC 5545 by days, weeks, months or years, with an end'),
    time_zone: text(64, 1, 'IANA time zone; its clock on the wall tells the times of all bookings'),
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

/** Bookings that repeat by a rule: each day is a booking of its own, or was skipped. */
export const BookingSeries = Type.Object(
  {
    id: Id,
    rule: Type.String(),
    time_zone: Type.String(),
    created: Instant,
    occurrences: Type.Array(Occurrence),
  },
  closed,
)
export type BookingSeries = Static<typeof BookingSeries>

/** Why a day cannot be booked. */
const why = {
  refused: Type.Array(ItemRefusal, { description: 'Which items are taken, and by what' }),
  rules: Type.Array(RefusingRule, { description: 'Every rule that refuses' }),
}

/** What a series would become, day by day. */
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

const occurrences = Type.Array(RefusedOccurrence, {
  description: 'Each day that cannot be booked, and why',
})

export const BookingSeriesProblem = problemOf('not_all_free', { occurrences })

/** 422, or 403 when the person may not book it at all. `rules` names each once. */
export const BookingSeriesPolicyProblem = problemOf('policy_refused', {
  ...policyProblem,
  occurrences,
})

/** A day that was skipped, to be booked after all. */
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

export const BookingSeriesCancellation = Type.Object(
  {
    scope: Type.Union([Type.Literal('this'), Type.Literal('following'), Type.Literal('all')], {
      description: 'Only that day, it and all after it, or all that are not over',
    }),
    date: Type.Optional(Day),
    reason: text(500, 1, 'Why, for whoever it is for'),
  },
  {
    ...closed,
    examples: [{ scope: 'following', date: '2027-06-09', reason: 'The customer has moved.' }],
  },
)
export type BookingSeriesCancellation = Static<typeof BookingSeriesCancellation>
