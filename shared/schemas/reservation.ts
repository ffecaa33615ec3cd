import { Type, type Static } from '@sinclair/typebox'
import { BundleItem, ItemRefusal, NewBundle } from './allocation-bundle.ts'
import { Id, Instant, text } from './primitive.ts'

// Requests of another service about allocations it made for a user.

/** The most allocations of one of them: a whole series in one commit. */
export const reservationMax = 400

const ids = Type.Array(Id, { minItems: 1, maxItems: reservationMax })
const fence = Type.Integer({
  minimum: 0,
  maximum: 2_147_483_647,
  description: 'Increases with each change: an older copy that arrives late has no effect',
})
const targetsMax = 2000
const by = Type.String({ maxLength: 50, description: 'The user who requested it, for the history' })
const closed = { additionalProperties: false }

const { properties } = NewBundle

/** The user for whom a service asks, and what they may see. */
export const SightOf = Type.Object(
  {
    id: Type.String({ maxLength: 50 }),
    groups: Type.Union([Type.Array(Id, { maxItems: 50 }), Type.Null()], {
      description: 'What they may see; null: everything',
    }),
  },
  closed,
)

/** A bundle for a user authenticated by the service. */
export const NewReservation = Type.Object(
  {
    ...properties,
    items: Type.Array(BundleItem, { minItems: 1, maxItems: reservationMax }),
    spans: Type.Optional(
      Type.Array(Type.Object({ from_datetime: Instant, to_datetime: Instant }, closed), {
        minItems: 1,
        maxItems: reservationMax,
        description: 'All items at each of these, one span after the other',
      }),
    ),
    viewer: SightOf,
  },
  {
    ...closed,
    examples: [
      {
        items: [{ type: 'Car' }],
        from_datetime: '2027-03-01T09:00:00Z',
        to_datetime: '2027-03-01T17:00:00Z',
        hold_for: 'PT1M',
        viewer: { id: '01a1fe45-0000-7000-8000-000000000000', groups: [] },
      },
    ],
  },
)
export type NewReservation = Static<typeof NewReservation>

const ReservationTerm = Type.Object(
  {
    ids,
    held_until: Type.Union([Instant, Type.Null()], {
      description: 'When the holds expire; null: they are confirmed',
    }),
    fence,
    by,
  },
  closed,
)
export type ReservationTerm = Static<typeof ReservationTerm>

/** The most of them at once. */
const termsMax = 256

/** Keeps holds longer, or for good: each term all or nothing. */
export const ReservationTerms = Type.Object(
  { terms: Type.Array(ReservationTerm, { minItems: 1, maxItems: termsMax }) },
  {
    ...closed,
    examples: [
      {
        terms: [
          {
            ids: ['01a1fe45-0000-7000-8000-000000000000'],
            held_until: null,
            fence: 1,
            by: 'service:bookings',
          },
        ],
      },
    ],
  },
)
export type ReservationTerms = Static<typeof ReservationTerms>

const ReservationOutcome = Type.Union([
  Type.Literal('kept'),
  Type.Literal('gone'),
  Type.Literal('superseded'),
])
export type ReservationOutcome = Static<typeof ReservationOutcome>

/** The outcome of each term: gone when some of it has expired or was released. */
export const ReservationOutcomes = Type.Object({ outcomes: Type.Array(ReservationOutcome) }, closed)
export type ReservationOutcomes = Static<typeof ReservationOutcomes>

const moves = Type.Array(
  Type.Object(
    {
      id: Id,
      resource_id: Type.Optional(
        Type.String({ ...Id, description: 'Where it goes; it stays where it is without' }),
      ),
      from_datetime: Instant,
      to_datetime: Instant,
    },
    closed,
  ),
  { minItems: 1, maxItems: reservationMax },
)
const move = {
  id: '01a1fe45-0000-7000-8000-000000000000',
  resource_id: '01a1fe45-0000-7000-8000-000000000000',
  from_datetime: '2027-03-01T09:00:00Z',
  to_datetime: '2027-03-01T17:00:00Z',
}

/** Hypothetical moves. */
export const MoveQuery = Type.Object(
  { items: moves, viewer: SightOf },
  { ...closed, examples: [{ items: [move], viewer: { id: move.id, groups: [] } }] },
)
export type MoveQuery = Static<typeof MoveQuery>

export const ReservationMove = Type.Object(
  {
    items: moves,
    fence,
    by,
  },
  {
    ...closed,
    examples: [{ items: [move], fence: 2, by: 'service:bookings' }],
  },
)
export type ReservationMove = Static<typeof ReservationMove>

/** Changes by a user, which count towards their daily limit. */
export const ReservationWork = Type.Object(
  {
    changes: Type.Integer({
      minimum: -reservationMax,
      maximum: reservationMax,
      description: 'Negative: how many had no effect',
    }),
    viewer: SightOf,
  },
  { ...closed, examples: [{ changes: 1, viewer: { id: move.id, groups: [] } }] },
)
export type ReservationWork = Static<typeof ReservationWork>

export const ReservationPerson = Type.Object(
  { ids, booked_for: Type.String({ maxLength: 50 }), fence, by },
  {
    ...closed,
    examples: [
      {
        ids: ['01a1fe45-0000-7000-8000-000000000000'],
        booked_for: '01a1fe45-0000-7000-8000-000000000000',
        fence: 2,
        by: 'service:bookings',
      },
    ],
  },
)
export type ReservationPerson = Static<typeof ReservationPerson>

export const ReservationRelease = Type.Object(
  { ids, by },
  {
    ...closed,
    examples: [{ ids: ['01a1fe45-0000-7000-8000-000000000000'], by: 'service:bookings' }],
  },
)
export type ReservationRelease = Static<typeof ReservationRelease>

/** The types and resources that a service has rules for. */
export const ManagedTargets = Type.Object(
  {
    types: Type.Array(text(50, 1), { maxItems: targetsMax }),
    resources: Type.Array(Id, { maxItems: targetsMax }),
  },
  { ...closed, examples: [{ types: ['Car'], resources: [] }] },
)
export type ManagedTargets = Static<typeof ManagedTargets>

export const ManagedTypes = Type.Object(
  {
    types: Type.Array(Type.String(), { description: 'Members book these through the service' }),
    unknown: Type.Array(Type.String()),
  },
  closed,
)
export type ManagedTypes = Static<typeof ManagedTypes>

/** A preview of a bundle. */
export const ReservationOutlook = Type.Object(
  {
    chosen: Type.Array(
      Type.Object({ item: Type.Integer(), resource_id: Id, resource_type: Type.String() }, closed),
      { description: 'The resources it would get, if free' },
    ),
    refused: Type.Array(ItemRefusal),
  },
  closed,
)
export type ReservationOutlook = Static<typeof ReservationOutlook>

/** Allocations that others deleted, for the service to release; one page. */
export const TakenReservations = Type.Object({ ids: Type.Array(Id) }, closed)
export type TakenReservations = Static<typeof TakenReservations>

/** The most that a service is told of at once. */
export const newReservationsMax = 500

/** What a service made and has not said that it knows of; some of it. */
export const NewReservations = Type.Object(
  { reservations: Type.Array(Type.Object({ id: Id, created: Instant }, closed)) },
  closed,
)
export type NewReservations = Static<typeof NewReservations>

export const KnownReservations = Type.Object(
  { ids: Type.Array(Id, { maxItems: newReservationsMax }) },
  { ...closed, examples: [{ ids: ['01a1fe45-0000-7000-8000-000000000000'] }] },
)
export type KnownReservations = Static<typeof KnownReservations>

/** Asks which resources a user sees. */
export const SightQuery = Type.Object(
  { ids: Type.Array(Id, { maxItems: targetsMax }), viewer: SightOf },
  {
    ...closed,
    examples: [
      {
        ids: ['01a1fe45-0000-7000-8000-000000000000'],
        viewer: { id: '01a1fe45-0000-7000-8000-000000000000', groups: [] },
      },
    ],
  },
)
export type SightQuery = Static<typeof SightQuery>

/** The requested resources that do not exist for them. */
export const HiddenResources = Type.Object(
  {
    ids: Type.Array(Id),
    types: Type.Optional(
      Type.Array(
        Type.Object(
          { resource_id: Id, resource_type: Type.String(), type_id: Type.Optional(Id) },
          closed,
        ),
        { description: 'The types of all requested resources, by their current names' },
      ),
    ),
  },
  closed,
)
export type HiddenResources = Static<typeof HiddenResources>
