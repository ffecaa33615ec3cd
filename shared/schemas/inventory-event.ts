import { Type, type Static } from '@sinclair/typebox'
import { Id, Instant } from './primitive.ts'

const closed = { additionalProperties: false }
const Moment = Type.Union([Instant, Type.Null()])
const Person = Type.Union([Type.String(), Type.Null()])

/** What happened to a resource, or to a user's booking of it. */
export const InventoryNews = Type.Object(
  {
    resource_type: Type.String(),
    resource_id: Id,
    resource_name: Type.String(),
    by: Type.Union([Type.String(), Type.Null()], {
      description: 'Null: nobody, or changed by hand',
    }),
    allocation: Type.Union([
      Type.Object(
        {
          id: Id,
          description: Type.String(),
          reference: Person,
          booked_for: Type.String(),
          created_by: Type.String(),
          from: Moment,
          to: Moment,
          held_until: Moment,
        },
        closed,
      ),
      Type.Null(),
    ]),
    was: Type.Union([
      Type.Object({ from: Moment, to: Moment, resource_id: Id }, closed),
      Type.Null(),
    ]),
  },
  closed,
)
export type InventoryNews = Static<typeof InventoryNews>

export const InventoryEvents = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          kind: Type.String({ description: 'Such as `waitlist.won`' }),
          subject: Id,
          happened: Instant,
          data: InventoryNews,
        },
        closed,
      ),
    ),
    next: Type.String({ description: '`after` for the next request' }),
  },
  closed,
)
export type InventoryEvents = Static<typeof InventoryEvents>

export const ResourceNaming = Type.Object({ ids: Type.Array(Id, { maxItems: 2000 }) }, closed)
export const ResourceNames = Type.Array(
  Type.Object({ id: Id, name: Type.String(), resource_type: Type.String() }, closed),
)
export type ResourceNames = Static<typeof ResourceNames>
