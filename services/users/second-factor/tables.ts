import type { Columns } from '@campus/store/columns.ts'

export const secondFactorTables = (c: Columns) => ({
  secondFactors: c.table('second_factors', {
    user_id: c.id('user_id').primaryKey(),
    /** The shared secret (RFC 6238), encrypted under the secret of the system. */
    sealed_secret: c.text('sealed_secret').notNull(),
    /** When the owner first confirmed it by a code; no effect before that. */
    confirmed: c.instant('confirmed'),
    /** The time step of the last used code: none is valid twice. */
    last_step: c.integer('last_step').notNull(),
    created: c.instant('created').notNull(),
  }),
  /** Each is valid once; its row is then deleted. */
  recoveryCodes: c.table(
    'recovery_codes',
    {
      /** SHA-256; the code itself is not stored. */
      code_hash: c.text('code_hash').primaryKey(),
      user_id: c.id('user_id').notNull(),
    },
    (t) => [c.index('recovery_codes_by_user').on(t.user_id)],
  ),
})
