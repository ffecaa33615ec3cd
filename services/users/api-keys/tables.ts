import type { Columns } from '@campus/store/columns.ts'

export const apiKeyTables = (c: Columns) => ({
  apiKeys: c.table(
    'api_keys',
    {
      id: c.id('id').primaryKey(),
      /** Removed with the user: ON DELETE CASCADE. */
      user_id: c.id('user_id').notNull(),
      name: c.text('name').notNull(),
      /** SHA-256; the key itself is not stored. */
      key_hash: c.text('key_hash').notNull(),
      /** Separated by spaces, as OAuth writes them (RFC 6749 section 3.3). */
      scopes: c.text('scopes').notNull(),
      created: c.instant('created').notNull(),
      expires: c.instant('expires').notNull(),
      last_used: c.instant('last_used'),
    },
    (t) => [
      c.unique('only_one_api_key_per_hash').on(t.key_hash),
      c.index('api_keys_by_user').on(t.user_id),
      c.index('api_keys_by_expiry').on(t.expires),
    ],
  ),
})
