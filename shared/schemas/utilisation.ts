import { Type, type Static } from '@sinclair/typebox'
import { Instant } from './primitive.ts'

const closed = { additionalProperties: false }
const Count = (description: string) => Type.Integer({ minimum: 0, description })
const Hours = (description: string) => Type.Number({ minimum: 0, description })
const MaybeHours = (description: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description })

export const UtilisationKind = Type.Union([
  Type.Literal('resource'),
  Type.Literal('type'),
  Type.Literal('group'),
  Type.Literal('person'),
])
export type UtilisationKind = Static<typeof UtilisationKind>

/** How much of one resource, type, group or person was booked, and what came of it. */
export const UtilisationRow = Type.Object(
  {
    key: Type.Union([Type.String(), Type.Null()], {
      description: 'Id of the resource, group or person, or name of the type; null: in no group',
    }),
    name: Type.Union([Type.String(), Type.Null()]),
    bookings: Count('Resources booked; one booking of two counts twice'),
    booked_hours: Hours('Of all that was, or is, booked'),
    used_hours: Hours('Of that, checked out'),
    no_shows: Count('Booked, but not checked out'),
    no_show_hours: Hours('The time of those'),
    capacity_hours: MaybeHours('How long it is open; null for people'),
    idle_hours: MaybeHours('Of that, not booked'),
    refused: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: 'Requests refused on days of the window; null: not available',
    }),
    refused_hours: MaybeHours('The resources requested'),
  },
  closed,
)
export type UtilisationRow = Static<typeof UtilisationRow>

export const Utilisation = Type.Object(
  {
    by: UtilisationKind,
    from: Instant,
    to: Instant,
    rows: Type.Array(UtilisationRow, { description: 'The most booked first' }),
    left_out: Count('Rows beyond the first 10,000'),
  },
  closed,
)
export type Utilisation = Static<typeof Utilisation>
