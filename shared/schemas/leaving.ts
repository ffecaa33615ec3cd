import { Type, type Static } from '@sinclair/typebox'
import { AllocationList } from './allocation.ts'
import { BookingList } from './booking.ts'
import { FileHash } from './file.ts'
import { Id } from './primitive.ts'

// More than anybody selects.
const chosenMax = 200
const one = '01a1fe45-0000-7000-8000-000000000000'
const another = '01a1fe45-0000-7000-8000-000000000001'
const Count = Type.Integer({ minimum: 0 })

/** A user's bookings and waiting entries from now on. */
export const BookingHoldings = Type.Object(
  {
    count: Type.Integer({
      minimum: 0,
      description: 'Bookings that have not ended, including holds',
    }),
    held: Type.Integer({ minimum: 0, description: 'Of these, holds that are not confirmed' }),
    waiting: Type.Integer({ minimum: 0, description: 'Places in the waiting list' }),
    resources: Type.Array(
      Type.Object(
        { resource_type: Type.String(), resource_id: Id, name: Type.String(), count: Count },
        { additionalProperties: false },
      ),
      { description: 'The most frequent resources, at most 20' },
    ),
    next: { ...AllocationList, description: 'The first ones by start time, at most 10' },
  },
  { additionalProperties: false },
)
export type BookingHoldings = Static<typeof BookingHoldings>

/** A user's bookings by rules from now on. */
export const BookedHoldings = Type.Object(
  {
    count: Type.Integer({ minimum: 0, description: 'Requested and confirmed ones' }),
    requested: Type.Integer({ minimum: 0, description: 'Of these, those still to be decided' }),
    out: Type.Integer({
      minimum: 0,
      description: 'In addition, those checked out and not returned',
    }),
    next: { ...BookingList, description: 'The first ones by start time, at most 10' },
  },
  { additionalProperties: false },
)
export type BookedHoldings = Static<typeof BookedHoldings>

/** The files somebody has. */
export const FileHoldings = Type.Object(
  {
    count: Count,
    bytes: Count,
    uploads: Type.Integer({ minimum: 0, description: 'Uploads that are not finished' }),
  },
  { additionalProperties: false },
)
export type FileHoldings = Static<typeof FileHoldings>

/** What an account has that would be removed or orphaned with it. */
export const Holdings = Type.Object(
  {
    bookings: Type.Union([BookingHoldings, Type.Null()], {
      description: 'What was booked in the inventory itself; null: unknown, it does not answer',
    }),
    booked: Type.Union([BookedHoldings, Type.Null()], {
      description: 'What was booked at /api/bookings; null: unknown, bookings does not answer',
    }),
    files: Type.Union([FileHoldings, Type.Null()], {
      description: 'Null: unknown, files does not answer',
    }),
    api_keys: Count,
    groups: Type.Array(
      Type.Object({ id: Id, name: Type.String() }, { additionalProperties: false }),
      { description: 'The groups it manages' },
    ),
    invitations: Type.Integer({ minimum: 0, description: 'Pending ones that it made' }),
  },
  { additionalProperties: false },
)
export type Holdings = Static<typeof Holdings>

const chosen = (item: typeof Id | typeof FileHash) =>
  Type.Union([Type.Literal(true), Type.Array(item, { minItems: 1, maxItems: chosenMax })])
const Bookings = {
  ...chosen(Id),
  description:
    'true: all bookings of both kinds that have not ended, and entries of waiting lists; or ids',
}
const Files = { ...chosen(FileHash), description: 'true: all; or the hashes of some' }

/** What goes to whom. */
export const HandOver = Type.Object(
  { to: Id, bookings: Type.Optional(Bookings), files: Type.Optional(Files) },
  {
    additionalProperties: false,
    minProperties: 2,
    examples: [{ to: one, bookings: true, files: true }],
  },
)
export type HandOver = Static<typeof HandOver>

export const BookingRelease = Type.Object(
  { bookings: Bookings },
  { additionalProperties: false, examples: [{ bookings: true }] },
)
export type BookingRelease = Static<typeof BookingRelease>

/** What was done, and what is left: repeat the request. */
export const Progress = Type.Object({ done: Count, left: Count }, { additionalProperties: false })
export type Progress = Static<typeof Progress>

/** Null: not asked for. */
export const HandedOver = Type.Object(
  {
    bookings: Type.Union([Progress, Type.Null()]),
    files: Type.Union([Progress, Type.Null()]),
  },
  { additionalProperties: false },
)
export type HandedOver = Static<typeof HandedOver>

const parties = { from: Id, to: Id }
const By = Type.String({ maxLength: 60, description: 'Who did it, as reported' })

/** Requests of users to inventory. */
export const BookingHandOver = Type.Object(
  {
    ...parties,
    bookings: Bookings,
    by: By,
    dry_run: Type.Boolean({ description: 'Only check whether it is possible' }),
  },
  {
    additionalProperties: false,
    examples: [{ from: one, to: another, bookings: true, by: one, dry_run: true }],
  },
)
export type BookingHandOver = Static<typeof BookingHandOver>

export const BookingReleaseOf = Type.Object(
  { from: Id, bookings: Bookings, by: By },
  { additionalProperties: false, examples: [{ from: one, bookings: true, by: one }] },
)
export type BookingReleaseOf = Static<typeof BookingReleaseOf>

/** Requests of users to files. */
export const FileHandOver = Type.Object(
  { ...parties, files: Files, by: By, dry_run: Type.Boolean() },
  {
    additionalProperties: false,
    examples: [{ from: one, to: another, files: true, by: one, dry_run: true }],
  },
)
export type FileHandOver = Static<typeof FileHandOver>
