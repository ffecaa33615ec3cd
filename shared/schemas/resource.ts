import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant, JsonObject, text } from './primitive.ts'
import { problemOf } from './problem.ts'

/** A thing that can be booked: a car, a runway. */
export const Resource = Type.Object(
  {
    id: Id,
    name: text(100),
    resource_type: Type.String({ examples: ['Car'] }),
    created: Instant,
    properties: JsonObject,
  },
  { additionalProperties: false },
)
export type Resource = Static<typeof Resource>

export const NewResource = Type.Object(
  { name: text(100, 1), properties: Type.Optional(JsonObject) },
  { additionalProperties: false },
)
export type NewResource = Static<typeof NewResource>

export const ResourceChange = Type.Object(
  { name: Type.Optional(text(100, 1)), properties: Type.Optional(JsonObject) },
  { additionalProperties: false, minProperties: 1 },
)
export type ResourceChange = Static<typeof ResourceChange>

export const ResourceInUseProblem = problemOf('resource_in_use', {
  allocations: Type.Integer({ description: 'How many have not ended' }),
})

export const ResourceList = Type.Array(Resource)

/** How a type is booked: any span (continuous), or whole slots of a grid (interval). */
export const ResourceType = Type.Object(
  {
    resource_type: Type.String({ examples: ['Runway'] }),
    path: Type.String({ examples: ['/api/runways'] }),
    kind: Type.Union([Type.Literal('continuous'), Type.Literal('interval')]),
    slot_seconds: Type.Union([Type.Integer(), Type.Null()]),
    slot_origin: Type.Union([Instant, Type.Null()]),
  },
  { additionalProperties: false },
)
export type ResourceType = Static<typeof ResourceType>

export const ResourceTypeList = Type.Array(ResourceType)
