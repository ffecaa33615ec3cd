/** What is true of a kind of notification. To add one: CONTRIBUTING.md. */
export interface KindOfNotification {
  /** Whom it reaches, except who did it; `involved` are its person, who booked and who had it. */
  reaches: 'person' | 'involved' | 'deciders' | 'person and administrators'
  /** The console's page about it, as a path: for the inbox and for mails. */
  page: (notification: Notified) => string
  /** Its text has the reason of the event. */
  hasReason?: true
  /** Its mail has the booking as a file for calendars. */
  hasCalendarFile?: true
  /** The field with the time after which it is useless. */
  usefulUntil?: 'from' | 'to' | 'held_until'
  /** The later events of the same subject that make it obsolete. */
  obsoleteAfter?: string[]
}

interface Notified {
  kind: string
  subject: string
  data: Record<string, unknown>
}

const toBooking = ({ subject, data }: Notified) =>
  data.given_away ? toBookings() : `/bookings/${subject}`
const toBookings = () => '/bookings'
const toWebhooks = () => '/system/webhooks'

const ends = ['booking.cancelled', 'booking.rejected', 'booking.expired', 'booking.no_show']

/** By mail as well, as people choose; they can mute them. */
const mailed = {
  'booking.requested': {
    reaches: 'deciders',
    page: toBooking,
    obsoleteAfter: [...ends, 'booking.approved'],
  },
  'booking.confirmed': { reaches: 'involved', page: toBooking, hasCalendarFile: true },
  'booking.approved': { reaches: 'involved', page: toBooking, hasCalendarFile: true },
  'booking.rejected': { reaches: 'involved', page: toBooking, hasReason: true },
  'booking.changed': { reaches: 'involved', page: toBooking, hasCalendarFile: true },
  'booking.cancelled': {
    reaches: 'involved',
    page: toBooking,
    hasReason: true,
    hasCalendarFile: true,
  },
  'booking.expired': { reaches: 'involved', page: toBooking },
  'booking.reminder': {
    reaches: 'person',
    page: toBooking,
    usefulUntil: 'from',
    obsoleteAfter: [...ends, 'booking.checked_out'],
  },
  'booking.overdue': {
    reaches: 'person',
    page: toBooking,
    obsoleteAfter: [...ends, 'booking.returned'],
  },
  'booking.delayed': {
    reaches: 'involved',
    page: toBooking,
    usefulUntil: 'to',
    obsoleteAfter: [...ends, 'booking.checked_out'],
  },
  'booking.no_show': { reaches: 'involved', page: toBooking },
  'booking.damaged': {
    reaches: 'deciders',
    page: ({ data }) => `/bookings/resources/${String(data.resource_id)}`,
    hasReason: true,
  },
  'waitlist.won': {
    reaches: 'involved',
    page: () => '/bookings/waiting',
    usefulUntil: 'held_until',
    obsoleteAfter: ['allocation.released'],
  },
  'allocation.moved': { reaches: 'involved', page: toBookings },
  'allocation.released': { reaches: 'involved', page: toBookings },
  'score.changed': {
    reaches: 'person',
    page: ({ subject, data }) => `/courses/${String(data.course_code)}/${subject}`,
  },
  'file.received': { reaches: 'person', page: () => '/files' },
  'webhook.failing': { reaches: 'person', page: toWebhooks },
  'webhook.disabled': { reaches: 'person', page: toWebhooks },
} satisfies Record<string, KindOfNotification>

/** In the inbox only, and always: mail does not reach them. */
const inboxOnly = {
  'mail.refused': {
    reaches: 'person and administrators',
    page: () => '/notifications/preferences',
  },
} satisfies Record<string, KindOfNotification>

export type NotificationKind = keyof typeof mailed
export type AnyNotificationKind = NotificationKind | keyof typeof inboxOnly

/** The kinds of notifications that can be muted. */
export const notificationKinds = Object.keys(mailed) as NotificationKind[]

const kinds = new Map<string, KindOfNotification>(Object.entries({ ...mailed, ...inboxOnly }))

/** The types of events that make a notification obsolete. */
export const obsoletingTypes = [
  ...new Set([...kinds.values()].flatMap(({ obsoleteAfter = [] }) => obsoleteAfter)),
]

/** @returns undefined if nobody is notified of such an event */
export function findKind(kind: string): KindOfNotification | undefined {
  return kinds.get(kind)
}

export function isNotificationKind(kind: string): kind is AnyNotificationKind {
  return kinds.has(kind)
}

/** The console's page about what a notification says, as a path. */
export function pageOfNotification(notification: Notified): string {
  return findKind(notification.kind)?.page(notification) ?? '/bookings'
}
