import type { Columns } from '@campus/store/columns.ts'

/**
 * What a mailed link confirms, until it is used or expires. A trigger deletes a user's rows when
 * their password or address changes, except `keep`, and those of makers who are no longer
 * administrators.
 */
export const confirmationTables = (c: Columns) => ({
  confirmations: c.table(
    'confirmations',
    {
      id: c.id('id').primaryKey(),
      user_id: c.id('user_id').notNull(),
      /** `password`: set a new one. `address`: use this one. `keep`: restore this one. */
      purpose: c.text('purpose').notNull(),
      /** The address it was sent to. */
      email: c.text('email').notNull(),
      /** The administrator who hands it over; null: it was mailed, or the operator does. */
      created_by: c.id('created_by'),
      created: c.instant('created').notNull(),
      expires: c.instant('expires').notNull(),
    },
    (t) => [
      c.index('confirmations_by_user').on(t.user_id),
      c.index('confirmations_by_expiry').on(t.expires),
      c.index('confirmations_by_maker').on(t.created_by),
    ],
  ),
})

export type ConfirmationTables = ReturnType<typeof confirmationTables>
export type ConfirmationRow = ConfirmationTables['confirmations']['$inferSelect']
