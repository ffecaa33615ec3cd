/** The kinds of notifications that can be muted. */
export const notificationKinds = [
  'booking.requested',
  'booking.confirmed',
  'booking.approved',
  'booking.rejected',
  'booking.changed',
  'booking.cancelled',
  'booking.expired',
  'booking.reminder',
  'booking.overdue',
  'booking.delayed',
  'booking.no_show',
  'booking.damaged',
  'waitlist.won',
  'allocation.moved',
  'allocation.released',
  'score.changed',
  'file.received',
  'webhook.failing',
  'webhook.disabled',
] as const
export type NotificationKind = (typeof notificationKinds)[number]
