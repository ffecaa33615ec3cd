import type { Columns } from '../../../shared/store/columns.ts'

/** Invitations that were neither accepted nor revoked; both delete the row. */
export const invitationTables = (c: Columns) => ({
  invitations: c.table(
    'invitations',
    {
      id: c.id('id').primaryKey(),
      /** In lower case. Null: whoever has the link chooses an address. */
      email: c.text('email'),
      role: c.text('role').notNull(),
      /** Null: the operator, or strangers with an address of the organisation themselves. */
      created_by: c.id('created_by'),
      created: c.instant('created').notNull(),
      expires: c.instant('expires').notNull(),
    },
    (t) => [
      c.index('invitations_by_email').on(t.email),
      c.index('invitations_by_expiry').on(t.expires),
      c.index('invitations_by_maker').on(t.created_by),
    ],
  ),
})

export type InvitationTables = ReturnType<typeof invitationTables>
export type InvitationRow = InvitationTables['invitations']['$inferSelect']
