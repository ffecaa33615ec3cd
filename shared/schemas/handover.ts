import { Type, type Static } from '@sinclair/typebox'
import { bookingItemsMax } from './booking.ts'
import { FileHash } from './file.ts'
import { PinnedFileLink } from './file-pin.ts'
import { Id, Instant, text } from './primitive.ts'

const closed = { additionalProperties: false }

/** The fields of a handover, as named by policies. */
export const HandoverField = Type.Union([
  Type.Literal('odometer'),
  Type.Literal('fuel'),
  Type.Literal('condition'),
  Type.Literal('files'),
  Type.Literal('note'),
])
export type HandoverField = Static<typeof HandoverField>

const odometer = Type.Integer({
  minimum: 0,
  maximum: 100_000_000,
  description: 'The odometer reading; never less than at an earlier handover',
})
const fuel = Type.Integer({ minimum: 0, maximum: 100, description: 'Fuel or charge, in percent' })
const condition = Type.Union([Type.Literal('good'), Type.Literal('damaged')], {
  description: 'What is damaged goes into the note and the photos',
})
const files = Type.Array(FileHash, {
  maxItems: 10,
  description: 'Photos: the hashes of files that you have uploaded',
})

const NewRecord = Type.Object(
  {
    resource_id: Type.Optional(
      Type.String({ ...Id, description: 'Which one, when the booking has more than one' }),
    ),
    odometer: Type.Optional(odometer),
    fuel: Type.Optional(fuel),
    condition: Type.Optional(condition),
    files: Type.Optional(files),
    note: Type.Optional(text(1000)),
  },
  closed,
)
export type NewRecord = Static<typeof NewRecord>

/** The record of a check-out or return. */
export const NewHandover = Type.Object(
  {
    items: Type.Optional(Type.Array(NewRecord, { maxItems: bookingItemsMax })),
  },
  { ...closed, examples: [{ items: [{ odometer: 48_210, fuel: 80, condition: 'good' }] }] },
)
export type NewHandover = Static<typeof NewHandover>

const nothing = Type.Null({ description: 'Not recorded' })

const CorrectedRecord = Type.Object(
  {
    odometer: Type.Optional(Type.Union([odometer, nothing])),
    fuel: Type.Optional(Type.Union([fuel, nothing])),
    condition: Type.Optional(Type.Union([condition, nothing])),
    files: Type.Optional(files),
    note: Type.Optional(text(1000)),
  },
  closed,
)
export type CorrectedRecord = Static<typeof CorrectedRecord>

/** A correction, with its reason. Fields left out stay. */
export const HandoverCorrection = Type.Object(
  {
    checked_out: Type.Optional(CorrectedRecord),
    returned: Type.Optional(CorrectedRecord),
    reason: text(500, 1),
  },
  {
    ...closed,
    examples: [{ returned: { odometer: 48_210 }, reason: 'A digit too many was typed' }],
  },
)
export type HandoverCorrection = Static<typeof HandoverCorrection>

/** The new end. */
export const BookingExtension = Type.Object(
  { to: Instant },
  { ...closed, examples: [{ to: '2027-06-01T18:00:00.000Z' }] },
)
export type BookingExtension = Static<typeof BookingExtension>

export const HandoverRecord = Type.Object(
  {
    at: Instant,
    by: Type.String({ description: 'Who recorded it' }),
    odometer: Type.Union([Type.Integer(), Type.Null()]),
    fuel: Type.Union([Type.Integer(), Type.Null()]),
    condition: Type.Union([Type.String(), Type.Null()]),
    files: Type.Array(Type.String()),
    note: Type.String(),
  },
  closed,
)
export type HandoverRecord = Static<typeof HandoverRecord>

const Repair = Type.Object(
  {
    maintenance: Type.String({ description: 'Where time for the repair is allocated' }),
    withdrawal: Type.String({ description: 'Where the plan for its bookings is made' }),
  },
  closed,
)

/** Who had a resource, when, and what was recorded. */
export const Handover = Type.Object(
  {
    id: Id,
    booking_id: Id,
    number: Type.String({ description: 'Of the booking' }),
    resource_id: Id,
    resource_type: Type.String(),
    booked_for: Type.String(),
    due: Instant,
    late: Type.Boolean({ description: 'Returned late, or overdue' }),
    checked_out: HandoverRecord,
    returned: Type.Union([HandoverRecord, Type.Null()], { description: 'Null: not returned yet' }),
    repair: Type.Union([Repair, Type.Null()], {
      description: 'For its managers, if it was returned damaged',
    }),
    corrected: Type.Union([Instant, Type.Null()], {
      description: 'When a reading was last corrected: see its corrections',
    }),
  },
  closed,
)
export type Handover = Static<typeof Handover>

export const HandoverList = Type.Array(Handover)

const Readings = Type.Omit(HandoverRecord, ['at', 'by'], closed)

/** A correction, and the former record. */
export const CorrectionRecord = Type.Object(
  {
    at: Instant,
    by: Type.Union([Type.String(), Type.Null()], { description: 'Null: changed by hand, in SQL' }),
    reason: Type.Union([Type.String(), Type.Null()]),
    was: Type.Object({ checked_out: Readings, returned: Readings }, closed),
  },
  closed,
)
export type CorrectionRecord = Static<typeof CorrectionRecord>

export const CorrectionList = Type.Array(CorrectionRecord)

/** A photo of a handover, with a link. */
export const HandoverPhoto = Type.Object(
  {
    ...PinnedFileLink.properties,
    recorded: Type.Union([Type.Literal('checked_out'), Type.Literal('returned')]),
  },
  closed,
)
export type HandoverPhoto = Static<typeof HandoverPhoto>

export const HandoverPhotos = Type.Array(HandoverPhoto)

/** The actions for somebody in front of a resource. */
const Offer = Type.Union([
  Type.Literal('take'),
  Type.Literal('book'),
  Type.Literal('check_out'),
  Type.Literal('return'),
])

/** What a printed code leads to: the current state and the possible actions. */
export const ResourceNow = Type.Object(
  {
    code: Type.String(),
    resource_id: Id,
    state: Type.Union(
      [Type.Literal('free'), Type.Literal('taken'), Type.Literal('out'), Type.Literal('late')],
      { description: '`out`: somebody has it; `late`: and should have returned it' },
    ),
    until: Type.Union([Instant, Type.Null()], {
      description:
        'When that ends, within a day, by bookings and rules; null: later, or nobody knows',
    }),
    booking_id: Type.Union([Id, Type.Null()], {
      description: 'Your own that is now or within a day, or one you may return',
    }),
    offers: Type.Array(Offer, {
      description: '`take`: book it from now on; `book`: for later; the others are of the booking',
    }),
  },
  closed,
)
export type ResourceNow = Static<typeof ResourceNow>
