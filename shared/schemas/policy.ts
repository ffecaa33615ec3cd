import { Type, type Static } from '@sinclair/typebox'
import { HandoverField } from './handover.ts'
import { Id, Instant, text } from './primitive.ts'
import { problemOf } from './problem.ts'

const closed = { additionalProperties: false }

/** ISO 8601. Days are those of the calendar: some have 23 or 25 hours. */
const Duration = (description: string, examples: string[]) =>
  Type.String({
    pattern: '^P(\\d{1,4}D)?(T(\\d{1,5}H)?(\\d{1,6}M)?)?$',
    maxLength: 24,
    description,
    examples,
  })

const TimeOfDay = Type.String({
  pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$',
  description: 'Local time, `00:00` to `24:00`',
  examples: ['08:00'],
})

const Weekday = Type.Union([
  Type.Literal('monday'),
  Type.Literal('tuesday'),
  Type.Literal('wednesday'),
  Type.Literal('thursday'),
  Type.Literal('friday'),
  Type.Literal('saturday'),
  Type.Literal('sunday'),
])
export type Weekday = Static<typeof Weekday>

const OpeningHours = Type.Array(
  Type.Object(
    {
      days: Type.Array(Weekday, { minItems: 1, maxItems: 7 }),
      from: TimeOfDay,
      to: TimeOfDay,
    },
    closed,
  ),
  { maxItems: 50, description: 'At other times it is closed' },
)
export type OpeningHours = Static<typeof OpeningHours>

export const rights = ['see', 'request', 'book', 'manage'] as const
export type Right = (typeof rights)[number]

const Grant = Type.Object(
  {
    group: Type.Union([Id, Type.Null()], { description: 'A group; null: everybody' }),
    may: Type.Union([
      Type.Literal('see'),
      Type.Literal('request'),
      Type.Literal('book'),
      Type.Literal('manage'),
    ]),
  },
  closed,
)

const Approval = Type.Object(
  {
    when: Type.Union([Type.Literal('never'), Type.Literal('always'), Type.Literal('longer_than')]),
    duration: Type.Optional(Duration('For `longer_than`', ['P1D'])),
    groups: Type.Optional(
      Type.Array(Id, { maxItems: 50, description: 'Only for members of these groups' }),
    ),
    decide_within: Type.Optional(
      Duration('When a request expires; by default after two days, or when it would begin', [
        'P2D',
      ]),
    ),
  },
  closed,
)

const Quota = Type.Object(
  {
    per: Type.Union(
      [Type.Literal('day'), Type.Literal('week'), Type.Literal('month'), Type.Literal('moment')],
      { description: '`moment`: how many at once' },
    ),
    hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  },
  { ...closed, description: 'The quota of one person: hours, or a number of resources' },
)
export type Quota = Static<typeof Quota>

const CheckIn = Type.Object(
  { within: Duration('How long after the start it can be checked out', ['PT30M']) },
  closed,
)

const required = (when: string) =>
  Type.Optional(Type.Array(HandoverField, { maxItems: 5, description: `Required ${when}` }))

const HandoverRules = Type.Object(
  { check_out: required('when it is picked up'), return: required('when it is returned') },
  { ...closed, description: 'What must be recorded' },
)

/** The rules of a policy. A missing rule is taken from the next wider one, if any. */
export const PolicyRules = Type.Partial(
  Type.Object({
    time_zone: Type.String({ maxLength: 60, examples: ['Europe/Berlin'] }),
    opening_hours: OpeningHours,
    opening_applies: Type.Union([Type.Literal('whole'), Type.Literal('ends')], {
      description: '`whole`: it must be open all the time; `ends`: when it begins and ends',
    }),
    closed: Type.Array(
      Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2027-12-25'] }),
      { maxItems: 400, description: 'Days on which it is closed' },
    ),
    minimum_duration: Duration('No shorter', ['PT30M']),
    maximum_duration: Duration('No longer', ['P7D']),
    granularity: Duration('Begins and ends at multiples of it, from midnight', ['PT15M']),
    minimum_notice: Duration('How long before its start it must be booked', ['PT1H']),
    maximum_ahead: Duration('How far ahead it may begin', ['P90D']),
    rights: Type.Array(Grant, {
      maxItems: 50,
      description:
        'Who may do what; each right includes those before it. Default: everybody may book',
    }),
    approval: Approval,
    quotas: Type.Array(Quota, { maxItems: 10 }),
    cancel_until: Duration(
      'Until how long before its start it can be cancelled, shortened or moved',
      ['PT2H'],
    ),
    check_in: CheckIn,
    handover: HandoverRules,
  }),
  closed,
)
export type PolicyRules = Static<typeof PolicyRules>

const target = {
  type: text(50, 1, 'For a type, such as `Car`'),
  resource_id: Type.String({ ...Id, description: 'For one resource' }),
}

/** One version of the rules for a resource, a type, or, without either, the organisation. */
export const Policy = Type.Object(
  {
    id: Id,
    version: Type.Integer(),
    type: Type.Union([Type.String(), Type.Null()]),
    resource_id: Type.Union([Id, Type.Null()]),
    rules: PolicyRules,
    created: Instant,
    created_by: Type.String(),
    ended: Type.Union([Instant, Type.Null()], {
      description: 'When the next version came, or it was withdrawn; null: it is in force',
    }),
  },
  closed,
)
export type Policy = Static<typeof Policy>

export const PolicyList = Type.Array(Policy)

export const NewPolicy = Type.Object(
  {
    type: Type.Optional(target.type),
    resource_id: Type.Optional(target.resource_id),
    rules: PolicyRules,
  },
  {
    ...closed,
    examples: [
      {
        type: 'Truck',
        rules: {
          time_zone: 'Europe/Berlin',
          minimum_notice: 'PT1H',
          maximum_duration: 'P7D',
          approval: { when: 'longer_than', duration: 'P1D' },
        },
      },
    ],
  },
)
export type NewPolicy = Static<typeof NewPolicy>

export const RefusingRule = Type.Object(
  {
    rule: Type.String({ description: 'The field of the policy' }),
    detail: Type.String({ description: 'For people' }),
    length: Type.Optional(
      Type.String({ description: 'The duration that the rule sets (ISO 8601)' }),
    ),
    hours: Type.Optional(
      Type.Array(Type.Object({ from: Type.String(), to: Type.String() }, closed), {
        description: 'Opening hours of the first day, in `time_zone`',
      }),
    ),
    time_zone: Type.Optional(Type.String()),
    resource_type: Type.String(),
  },
  closed,
)
export type RefusingRule = Static<typeof RefusingRule>

const NearestSpan = Type.Object({ from: Instant, to: Instant }, closed)

/** A policy that is not in force, and a booking to try on it. */
export const PolicyTrial = Type.Object(
  {
    ...NewPolicy.properties,
    resource_type: Type.Optional(
      text(50, 1, 'The type of `resource_id`, whose policy applies to fields omitted here'),
    ),
    from: Instant,
    to: Instant,
    groups: Type.Optional(
      Type.Array(Id, { maxItems: 50, description: 'The groups of the member who books' }),
    ),
  },
  {
    ...closed,
    examples: [
      {
        type: 'Truck',
        rules: { maximum_duration: 'P7D', approval: { when: 'longer_than', duration: 'P1D' } },
        from: '2027-06-01T08:00:00Z',
        to: '2027-06-03T08:00:00Z',
      },
    ],
  },
)
export type PolicyTrial = Static<typeof PolicyTrial>

/** The outcome, apart from quotas. */
export const PolicyVerdict = Type.Object(
  {
    outcome: Type.Union([
      Type.Literal('confirmed'),
      Type.Literal('requested'),
      Type.Literal('refused'),
    ]),
    rules: Type.Array(Type.Omit(RefusingRule, ['resource_type'], closed), {
      description: 'Every rule that refuses',
    }),
    nearest: Type.Union([NearestSpan, Type.Null()]),
  },
  closed,
)
export type PolicyVerdict = Static<typeof PolicyVerdict>

export const policyProblem = {
  rules: Type.Array(RefusingRule, { description: 'Every rule that refuses' }),
  nearest: Type.Union([NearestSpan, Type.Null()], {
    description:
      'The nearest time of that length that the rules allow; not searched for spans over 31 days',
  }),
}

/** 422, or 403 when the person may not book it at all. */
export const PolicyProblem = problemOf('policy_refused', policyProblem)

/** A resource, and somebody by their groups. */
export const ManagerQuery = Type.Object(
  {
    resource_id: Id,
    resource_type: text(50, 1),
    groups: Type.Array(Id, { maxItems: 50 }),
  },
  {
    additionalProperties: false,
    examples: [
      { resource_id: '01a1fe45-0000-7000-8000-000000000000', resource_type: 'Car', groups: [] },
    ],
  },
)
export type ManagerQuery = Static<typeof ManagerQuery>

/** Whether they decide about its bookings. */
export const ManagerVerdict = Type.Object(
  { manages: Type.Boolean() },
  { additionalProperties: false },
)
export type ManagerVerdict = Static<typeof ManagerVerdict>
