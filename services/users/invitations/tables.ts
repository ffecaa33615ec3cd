import type { Columns } from '@campus/store/columns.ts'

/** Pending invitations; accepting or revoking deletes the row. */
export const invitationTables = (c: Columns) => ({
  invitations: c.table(
    'invitations',
    {
      id: c.id('id').primaryKey(),
      /** In lower case. Null: the invited user chooses an address. */
      email: c.text('email'),
      role: c.text('role').notNull(),
      /** Null: by the operator, or a self-invitation. */
      created_by: c.id('created_by'),
      created: c.instant('created').notNull(),
      expires: c.instant('expires').notNull(),
      /** What its link is sealed for; null: its id. A new link ends the former one. */
      link_id: c.id('link_id'),
      /** When the link was sent to the address, which it verifies; null: it is passed on. */
      mailed: c.instant('mailed'),
    },
    (t) => [
      c.index('invitations_by_email').on(t.email),
      c.index('invitations_by_expiry').on(t.expires),
      c.index('invitations_by_maker').on(t.created_by),
      c.index('invitations_by_link').on(t.link_id),
    ],
  ),
  /** The groups an invited user joins. */
  invitationGroups: c.table(
    'invitation_groups',
    {
      invitation_id: c.id('invitation_id').notNull(),
      group_id: c.id('group_id').notNull(),
    },
    (t) => [
      c.unique('only_once_in_an_invitation').on(t.invitation_id, t.group_id),
      c.index('invitation_groups_by_group').on(t.group_id),
    ],
  ),
})

export type InvitationTables = ReturnType<typeof invitationTables>
export type InvitationRow = InvitationTables['invitations']['$inferSelect']
