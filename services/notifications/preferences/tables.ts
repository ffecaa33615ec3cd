import type { Columns } from '../../../shared/store/columns.ts'

/** What somebody wants to be told, and how. One row is what administrators set for everybody. */
export const preferenceTables = (c: Columns) => ({
  notification_preferences: c.table('notification_preferences', {
    /** `everybody`: what holds where somebody has chosen nothing. */
    user_id: c.text('user_id').primaryKey(),
    /** By kind, as JSON. */
    kinds: c.text('kinds').notNull().default('{}'),
    /** No mail from then until then: `22:00`, on the clock of their time zone. */
    quiet_from: c.text('quiet_from'),
    quiet_to: c.text('quiet_to'),
    /** When the daily mail comes. */
    digest_at: c.text('digest_at'),
    time_zone: c.text('time_zone'),
    language: c.text('language'),
    /** What their browser asked for last. */
    seen_language: c.text('seen_language'),
    /** Since when their mail server refuses mail for good, and for which address. */
    mail_refused: c.instant('mail_refused'),
    refused_address: c.text('refused_address'),
    /** When they last asked to try again: what comes back of mails of before says nothing new. */
    mail_lifted: c.instant('mail_lifted'),
    version: c.integer('version').notNull().default(1),
  }),
})

export type PreferenceRow = ReturnType<
  typeof preferenceTables
>['notification_preferences']['$inferSelect']
