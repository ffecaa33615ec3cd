import type { Columns } from '@campus/store/columns.ts'

export const passkeyTables = (c: Columns) => ({
  passkeys: c.table(
    'passkeys',
    {
      id: c.id('id').primaryKey(),
      /** Removed with the user: ON DELETE CASCADE. */
      user_id: c.id('user_id').notNull(),
      name: c.text('name').notNull(),
      /** Of the authenticator, base64url. */
      credential_id: c.text('credential_id').notNull(),
      /** COSE (RFC 9052), base64url. */
      public_key: c.text('public_key').notNull(),
      /** How a browser reaches it, separated by spaces; may be empty. */
      transports: c.text('transports').notNull(),
      /** The authenticator's count of signatures, of 32 bits; 0 if it does not count. */
      counter: c.bytes('counter').notNull(),
      /** When the newest challenge it responded to was issued; earlier ones are too late. */
      challenged: c.instant('challenged').notNull(),
      created: c.instant('created').notNull(),
      last_used: c.instant('last_used'),
    },
    (t) => [
      c.unique('only_one_passkey_per_credential').on(t.credential_id),
      c.index('passkeys_by_user').on(t.user_id),
    ],
  ),
})
