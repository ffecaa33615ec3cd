interface Notified {
  kind: string
  subject: string
  data: Record<string, unknown>
}

/** The console's page about what a notification tells, as a path: for the inbox and for mails. */
export function pageOfNotification({ kind, subject, data }: Notified): string {
  if (kind.startsWith('score.')) return `/courses/${String(data.course_code)}/${subject}`
  if (kind.startsWith('file.')) return '/files'
  if (kind.startsWith('webhook.')) return '/system/webhooks'
  if (kind.startsWith('mail.')) return '/notifications/preferences'
  if (kind === 'booking.damaged') return `/bookings/resources/${String(data.resource_id)}`
  if (data.given_away) return '/bookings'
  if (kind.startsWith('waitlist.')) return '/bookings/waiting'
  return kind.startsWith('booking.') ? `/bookings/${subject}` : '/bookings'
}
