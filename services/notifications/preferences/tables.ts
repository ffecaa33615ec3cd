import type { Columns } from '@campus/store/columns.ts'

/** Notification preferences. One row has the administrators' defaults. */
export const preferenceTables = (c: Columns) => ({
  notification_preferences: c.table('notification_preferences', {
    /** `everybody` for the defaults. */
    user_id: c.text('user_id').primaryKey(),
    /** By kind, as JSON. */
    kinds: c.text('kinds').notNull().default('{}'),
    /** No mail between these times: `22:00`, in their time zone. */
    quiet_from: c.text('quiet_from'),
    quiet_to: c.text('quiet_to'),
    /** When the daily mail comes. */
    digest_at: c.text('digest_at'),
    time_zone: c.text('time_zone'),
    language: c.text('language'),
    /** The last language their browser asked for. */
    seen_language: c.text('seen_language'),
    /** Since when their mail server permanently refuses mail, and for which address. */
    mail_refused: c.instant('mail_refused'),
    refused_address: c.text('refused_address'),
    /** When they last asked to try again: bounces of earlier mails are ignored. */
    mail_lifted: c.instant('mail_lifted'),
    version: c.integer('version').notNull().default(1),
  }),
})

export type PreferenceRow = ReturnType<
  typeof preferenceTables
>['notification_preferences']['$inferSelect']
