import type { Columns } from '../../../shared/store/columns.ts'

export const secondFactorTables = (c: Columns) => ({
  secondFactors: c.table('second_factors', {
    user_id: c.id('user_id').primaryKey(),
    /** The shared secret (RFC 6238), encrypted under the secret of the system. */
    sealed_secret: c.text('sealed_secret').notNull(),
    /** When its owner first showed that they have it; until then it asks for nothing. */
    confirmed: c.instant('confirmed'),
    /** The step of the newest code that was used: none is good twice. */
    last_step: c.integer('last_step').notNull(),
    created: c.instant('created').notNull(),
  }),
  /** Each is good once; then its row is gone. */
  recoveryCodes: c.table(
    'recovery_codes',
    {
      /** SHA-256; the code itself is nowhere. */
      code_hash: c.text('code_hash').primaryKey(),
      user_id: c.id('user_id').notNull(),
    },
    (t) => [c.index('recovery_codes_by_user').on(t.user_id)],
  ),
})
