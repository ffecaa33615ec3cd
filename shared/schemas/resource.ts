import { Type, type Static } from '@sinclair/typebox'
import { FileHash, FileLink } from './file.ts'
import { Id, Instant, JsonObject, text } from './primitive.ts'
import { problemOf } from './problem.ts'
import { Buffer } from './resource-type.ts'

const Note = text(1000, 0, 'For people who book it: at most 1,000 characters')
const Photo = Type.Union([FileHash, Type.Null()], {
  description: 'The hash of a photo, or null. It is seen by a link: `/api/resources/photos`',
})
const TimeZone = Type.String({
  minLength: 1,
  maxLength: 60,
  pattern: '^[A-Za-z0-9_+/-]+$',
  description: 'An IANA time zone name',
  examples: ['Europe/Berlin'],
})
const VisibleTo = Type.Union([Type.Array(Id, { maxItems: 20 }), Type.Null()], {
  description:
    'The groups whose members may see it; empty: administrators only; null: everybody. To all ' +
    'others it does not exist, and neither do its bookings',
})
const OwnTimeZone = Type.Union([TimeZone, Type.Null()], {
  description: 'Null: the default, `TIME_ZONE`',
})

const OwnBuffer = (when: string) =>
  Type.Union([Buffer(`How long it is kept free ${when} each new booking`), Type.Null()], {
    description: 'Null: as its type',
  })
const buffers = {
  buffer_before_seconds: OwnBuffer('before'),
  buffer_after_seconds: OwnBuffer('after'),
}

/** A resource that can be booked: a car, a runway. */
export const Resource = Type.Object(
  {
    id: Id,
    name: text(100),
    resource_type: Type.String({ examples: ['Car'] }),
    created: Instant,
    properties: JsonObject,
    note: Type.String(),
    photo: Photo,
    time_zone: TimeZone,
    visible_to: Type.Union([Type.Array(Id), Type.Null()], {
      description:
        'The groups that may see it; members see only their own groups here; null: everybody',
    }),
    ...buffers,
    retired: Type.Union([Instant, Type.Null()], {
      description: 'When it was taken out of service; null while it is in service',
    }),
  },
  { additionalProperties: false },
)
export type Resource = Static<typeof Resource>

const described = {
  properties: Type.Optional(JsonObject),
  note: Type.Optional(Note),
  photo: Type.Optional(Photo),
  time_zone: Type.Optional(OwnTimeZone),
  visible_to: Type.Optional(VisibleTo),
  buffer_before_seconds: Type.Optional(buffers.buffer_before_seconds),
  buffer_after_seconds: Type.Optional(buffers.buffer_after_seconds),
}

export const NewResource = Type.Object(
  { name: text(100, 1), ...described },
  { additionalProperties: false, examples: [{ name: 'Number 7', properties: { seats: 5 } }] },
)
export type NewResource = Static<typeof NewResource>

export const NewTypedResource = Type.Object(
  {
    resource_type: text(50, 1, 'The name of its type, such as `Car`'),
    name: text(100, 1),
    ...described,
  },
  { additionalProperties: false, examples: [{ resource_type: 'Runway', name: '18/36' }] },
)
export type NewTypedResource = Static<typeof NewTypedResource>

export const ResourceChange = Type.Object(
  { name: Type.Optional(text(100, 1)), ...described },
  { additionalProperties: false, minProperties: 1, examples: [{ note: 'Keys at the desk' }] },
)
export type ResourceChange = Static<typeof ResourceChange>

export const ResourcePhoto = Type.Object(
  { photo: Photo },
  { additionalProperties: false, examples: [{ photo: null }] },
)
export type ResourcePhoto = Static<typeof ResourcePhoto>

/** A link to the photo of a resource; see `FileLink`. */
export const ResourcePhotoLink = Type.Object(
  { resource_id: Id, ...FileLink.properties },
  { additionalProperties: false },
)
export type ResourcePhotoLink = Static<typeof ResourcePhotoLink>

export const ResourcePhotoLinks = Type.Array(ResourcePhotoLink)

export const ResourceInUseProblem = problemOf('resource_in_use', {
  allocations: Type.Integer({ description: 'How many allocations have not ended' }),
})

export const ResourceList = Type.Array(Resource)
