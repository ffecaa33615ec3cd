import { Type, type Static } from '@sinclair/typebox'
import { notificationKinds, type NotificationKind } from '../notification-kinds.ts'
import { Id, Instant, text } from './primitive.ts'

const closed = { additionalProperties: false }

/** A notification. */
export const Notification = Type.Object(
  {
    id: Id,
    kind: Type.String({ description: 'Such as `booking.approved`' }),
    subject: Type.String({ description: 'The id of what it is about' }),
    data: Type.Record(Type.String(), Type.Unknown(), {
      description:
        'The values in its text. Of a booking: `number`, `title`, `from`, `to`, names of ' +
        '`resources`, `by` whom, `reason`, `was` (before the change), and the number of `days` ' +
        'of a series; of a damaged return the `resource_id`; `given_away` for the former ' +
        'person of a booking, with what was theirs',
    }),
    created: Instant,
    read: Type.Union([Instant, Type.Null()]),
  },
  closed,
)
export type Notification = Static<typeof Notification>

export const NotificationList = Type.Array(Notification)

export const UnreadCount = Type.Object({ unread: Type.Integer() }, closed)
export type UnreadCount = Static<typeof UnreadCount>

/** Which ones were read: all up to one of them, or one. */
export const ReadNotifications = Type.Object(
  {
    until: Type.Optional(
      Type.String({ ...Id, description: 'The newest one you have seen; without it all of them' }),
    ),
  },
  { ...closed, examples: [{}] },
)

export const Channel = Type.Union(
  [Type.Literal('mail'), Type.Literal('digest'), Type.Literal('inbox'), Type.Literal('off')],
  {
    description: '`mail` at once, `digest` once a day, `inbox` in the inbox only, `off` not at all',
  },
)
export type Channel = Static<typeof Channel>

const TimeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', examples: ['22:00'] })
const Kinds = Type.Partial(
  Type.Object(
    Object.fromEntries(notificationKinds.map((kind) => [kind, Channel])) as Record<
      NotificationKind,
      typeof Channel
    >,
    closed,
  ),
  closed,
)
export type Kinds = Static<typeof Kinds>

const Quiet = Type.Object({ from: TimeOfDay, to: TimeOfDay }, closed)
const Language = Type.Union([Type.Literal('en'), Type.Literal('de')])

const chosen = {
  kinds: Kinds,
  quiet_hours: Type.Union([Quiet, Type.Null()], {
    description: 'No mail during these hours; it is sent afterwards',
  }),
  digest_at: Type.Union([TimeOfDay, Type.Null()]),
  time_zone: Type.Union([text(60, 1), Type.Null()], { description: 'Of the IANA database' }),
  language: Type.Union([Language, Type.Null()], {
    description: 'Null: the language of your browser',
  }),
}

const effective = Type.Object(
  {
    kinds: Type.Record(Type.String(), Channel),
    quiet_hours: Type.Union([Quiet, Type.Null()]),
    digest_at: TimeOfDay,
    time_zone: Type.String(),
    language: Language,
  },
  { ...closed, description: 'What applies: your choice, or the default' },
)

/** Notification preferences. Mails about the security of an account cannot be muted. */
export const NotificationPreferences = Type.Object(
  {
    ...chosen,
    mail_refused: Type.Union([Instant, Type.Null()], {
      description: 'Since when your mail server refuses mail; set it to null to try again',
    }),
    effective,
  },
  closed,
)
export type NotificationPreferences = Static<typeof NotificationPreferences>

export const NotificationPreferencesChange = Type.Partial(
  Type.Object({ ...chosen, mail_refused: Type.Null() }, closed),
  {
    ...closed,
    minProperties: 1,
    examples: [
      { kinds: { 'booking.changed': 'digest' }, quiet_hours: { from: '22:00', to: '07:00' } },
    ],
  },
)
export type NotificationPreferencesChange = Static<typeof NotificationPreferencesChange>
