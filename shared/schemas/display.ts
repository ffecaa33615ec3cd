import { Type, type Static } from '@sinclair/typebox'
import { Allocation } from './allocation.ts'
import { Id, Instant, text } from './primitive.ts'
import { SightOf } from './reservation.ts'

const closed = { additionalProperties: false }
const resourcesMax = 60
const id = '01a1fe45-0000-7000-8000-000000000000'

const Resources = Type.Array(Id, {
  minItems: 1,
  maxItems: resourcesMax,
  uniqueItems: true,
  description: 'These resources; hidden ones only if you can see them',
})
const Language = Type.Union([Type.Literal('en'), Type.Literal('de')])

const display = {
  id: Id,
  name: Type.String({ description: 'Its title' }),
  type: Type.Union([Type.String(), Type.Null()]),
  resource_ids: Type.Union([Type.Array(Id), Type.Null()], { description: 'Null: all of the type' }),
  with_names: Type.Boolean({ description: 'Whether it shows who has booked what, and why' }),
  language: Type.Union([Language, Type.Null()], { description: 'Null: that of the browser' }),
  time_zone: Type.Union([Type.String(), Type.Null()], { description: 'Null: that of the browser' }),
  created: Instant,
  created_by: Type.String(),
  last_read: Type.Union([Instant, Type.Null()], { description: 'Accurate to about an hour' }),
  withheld_since: Type.Union([Instant, Type.Null()], {
    description:
      'Since when it shows less than was chosen, as its maker no longer sees and manages all of ' +
      'it: no names, no hidden resources. Noticed when it is read; null: it shows all',
  }),
}

/** A display for passers-by, without its address. */
export const Display = Type.Object(display, closed)
export type Display = Static<typeof Display>

export const DisplayList = Type.Array(Display)

/** The only response with the address. */
export const CreatedDisplay = Type.Object(
  {
    ...display,
    url: Type.String({
      description:
        'The page to open on the screen. Shown only now. Anyone with it sees the same; without ' +
        '`PUBLIC_URL` it begins with the path',
    }),
  },
  closed,
)
export type CreatedDisplay = Static<typeof CreatedDisplay>

export const NewDisplay = Type.Object(
  {
    name: text(100, 1, 'The title of the page'),
    type: Type.Optional(text(50, 1, 'All resources of a type that everybody sees, up to 200')),
    resource_ids: Type.Optional(Resources),
    with_names: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Show who has booked what, and why, while you manage it',
      }),
    ),
    language: Type.Optional(Language),
    time_zone: Type.Optional(
      text(60, 1, 'An IANA time zone name; by default that of the browser that shows it'),
    ),
  },
  { ...closed, examples: [{ name: 'Cars at the gate', type: 'Car' }] },
)
export type NewDisplay = Static<typeof NewDisplay>

const Use = Type.Object(
  {
    from: Type.Union([Instant, Type.Null()]),
    to: Type.Union([Instant, Type.Null()]),
    title: Type.Optional(Type.String()),
    person: Type.Optional(Type.String()),
  },
  { ...closed, description: 'Title and person only with `with_names`' },
)
export type DisplayUse = Static<typeof Use>

export const DisplayedState = Type.Union([
  Type.Literal('free'),
  Type.Literal('taken'),
  Type.Literal('late'),
  Type.Literal('out_of_use'),
])
export type DisplayedState = Static<typeof DisplayedState>

const ShownResource = Type.Object(
  {
    name: Type.String(),
    state: DisplayedState,
    until: Type.Union([Instant, Type.Null()], {
      description: 'When that ends, time kept free around bookings included; null: not known',
    }),
    now: Type.Union([Use, Type.Null()]),
    next: Type.Union([Use, Type.Null()]),
  },
  closed,
)
export type ShownResource = Static<typeof ShownResource>

/** What a display shows now. */
export const DisplayNow = Type.Object(
  {
    name: Type.String(),
    language: display.language,
    time_zone: display.time_zone,
    resources: Type.Array(ShownResource),
    more: Type.Boolean({ description: 'Whether there are more resources than are shown' }),
  },
  closed,
)
export type DisplayNow = Static<typeof DisplayNow>

/** The request of a service to inventory for a display. */
export const CurrentQuery = Type.Object(
  {
    viewer: SightOf,
    type_id: Type.Optional(Id),
    resource_ids: Type.Optional(Resources),
    type: Type.Optional(text(50, 1, 'Its name, from an earlier release of the service')),
  },
  { ...closed, examples: [{ viewer: { id, groups: [] }, type_id: id }] },
)
export type CurrentQuery = Static<typeof CurrentQuery>

const Taken = Type.Union([Allocation, Type.Null()])

/** Resources by name, each with its current and next booking. */
export const CurrentReservations = Type.Object(
  {
    resources: Type.Array(
      Type.Object(
        { id: Id, name: Type.String(), resource_type: Type.String(), now: Taken, next: Taken },
        closed,
      ),
    ),
    more: Type.Boolean(),
  },
  closed,
)
export type CurrentReservations = Static<typeof CurrentReservations>
