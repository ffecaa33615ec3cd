import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, text } from './primitive.ts'

// No control characters, and none beyond the basic plane.
const plain = '\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff'

const TypeName = Type.String({
  minLength: 1,
  maxLength: 50,
  pattern: `^[^\\s${plain}]([^${plain}]*[^\\s${plain}])?$`,
  description:
    'What one of them is called: one line of at most 50 characters, no space at its ends',
  examples: ['Meeting room'],
  'x-shown': {
    type: 'string',
    minLength: 1,
    maxLength: 50,
    pattern: '^\\S([^\\x00-\\x1f\\x7f]*\\S)?$',
    examples: ['Meeting room'],
  },
})

const Segment = Type.String({
  maxLength: 50,
  pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
  description: 'The type in paths: lower-case letters, digits and single hyphens',
  examples: ['meeting-rooms'],
})

const Kind = Type.Union([Type.Literal('continuous'), Type.Literal('interval')], {
  description: 'continuous: any span can be booked; interval: whole slots of a grid',
})

const Bound = (description: string) => Type.Optional(Type.Number({ description }))
const Length = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, description }))

/** One property of a type's resources: a subset of JSON Schema (2020-12, validation). */
export const PropertyRule = Type.Object(
  {
    type: Type.Union([
      Type.Literal('string'),
      Type.Literal('integer'),
      Type.Literal('number'),
      Type.Literal('boolean'),
    ]),
    title: Type.Optional(text(60, 1)),
    enum: Type.Optional(
      Type.Array(Type.Union([text(100, 1), Type.Number()], { description: 'a text or a number' }), {
        minItems: 1,
        maxItems: 50,
      }),
    ),
    minimum: Bound('For numbers'),
    maximum: Bound('For numbers'),
    minLength: Length('Of a text, in characters'),
    maxLength: Length('Of a text, in characters'),
  },
  { additionalProperties: false },
)
export type PropertyRule = Static<typeof PropertyRule>

const rules = Type.Record(Type.String(), PropertyRule, {
  description:
    'By name: a lower-case letter, then up to 39 letters, digits and underscores; 30 rules',
  examples: [{ seats: { type: 'integer', minimum: 1 } }],
})
const required = Type.Array(Type.String({ maxLength: 40 }), { maxItems: 30 })

/** The rules for the properties of a type's resources. */
export const PropertySchema = Type.Object(
  {
    type: Type.Literal('object'),
    properties: rules,
    required,
    additionalProperties: Type.Boolean({
      description: 'Whether other properties are allowed, unchecked',
    }),
  },
  { additionalProperties: false },
)
export type PropertySchema = Static<typeof PropertySchema>

const NewPropertySchema = Type.Object(
  {
    type: Type.Optional(Type.Literal('object')),
    properties: Type.Optional(rules),
    required: Type.Optional(required),
    additionalProperties: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type NewPropertySchema = Static<typeof NewPropertySchema>

/** Time kept free around a booking, for a turnaround. */
export const Buffer = (description: string) =>
  Type.Integer({ minimum: 0, maximum: 24 * 3600, description })
const beforeText = 'How long a resource is kept free before each new booking; by default 0'
const afterText = 'How long a resource is kept free after each new booking; by default 0'

/** A resource type: booked for any span, or by whole slots of a grid. */
export const ResourceType = Type.Object(
  {
    id: Id,
    name: TypeName,
    resource_type: Type.String({ examples: ['Runway'], description: 'The same as `name`' }),
    plural: Type.String(),
    segment: Segment,
    path: Type.String({
      examples: ['/api/runways'],
      description: 'The path of its resources; `/api/resources` has those of all types',
    }),
    kind: Kind,
    slot_seconds: Type.Union([Type.Integer(), Type.Null()]),
    slot_origin: Type.Union([Instant, Type.Null()]),
    buffer_before_seconds: Buffer(beforeText),
    buffer_after_seconds: Buffer(afterText),
    property_schema: PropertySchema,
    declared: Type.Boolean({ description: 'Part of Campus: cannot be renamed or deleted' }),
    managed_by: Type.Union([Type.String(), Type.Null()], {
      description: 'The service through which members book it by rules: POST /api/{managed_by}',
    }),
    created: Instant,
  },
  { additionalProperties: false },
)
export type ResourceType = Static<typeof ResourceType>

const grid = {
  kind: Type.Optional(Kind),
  slot_seconds: Type.Optional(
    Type.Union([Type.Integer({ minimum: 60, maximum: 31 * 24 * 3600 }), Type.Null()], {
      description: 'The slot length: whole minutes, up to 31 days; interval types only',
    }),
  ),
  slot_origin: Type.Optional(
    Type.Union([Instant, Type.Null()], {
      description: 'The time slots are aligned to; default 2000-01-01T00:00:00Z',
    }),
  ),
}

const buffers = {
  buffer_before_seconds: Type.Optional(Buffer(beforeText)),
  buffer_after_seconds: Type.Optional(Buffer(afterText)),
}

export const NewResourceType = Type.Object(
  {
    name: TypeName,
    plural: Type.Optional(text(60, 1, 'The plural; default: the name')),
    segment: Type.Optional(Segment),
    ...grid,
    ...buffers,
    property_schema: Type.Optional(NewPropertySchema),
  },
  {
    additionalProperties: false,
    examples: [
      {
        name: 'Meeting room',
        plural: 'Meeting rooms',
        segment: 'meeting-rooms',
        property_schema: { properties: { seats: { type: 'integer', minimum: 1 } } },
      },
    ],
  },
)
export type NewResourceType = Static<typeof NewResourceType>

export const ResourceTypeChange = Type.Object(
  {
    name: Type.Optional(TypeName),
    plural: Type.Optional(text(60, 1)),
    segment: Type.Optional(Segment),
    ...grid,
    ...buffers,
    property_schema: Type.Optional(NewPropertySchema),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ plural: 'Rooms' }] },
)
export type ResourceTypeChange = Static<typeof ResourceTypeChange>

export const ResourceTypeList = Type.Array(ResourceType)
