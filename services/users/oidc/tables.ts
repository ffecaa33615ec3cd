import type { Columns } from '@campus/store/columns.ts'

/** The organisation's sign-in providers, and the identities there. */
export const oidcTables = (c: Columns) => ({
  identityProviders: c.table('identity_providers', {
    /** Chosen by an administrator; part of the redirect URI. */
    id: c.text('id').primaryKey(),
    name: c.text('name').notNull(),
    /** Immutable by a trigger: a subject is only meaningful with its issuer. */
    issuer: c.text('issuer').notNull(),
    client_id: c.text('client_id').notNull(),
    /** Encrypted under the secret of the system. */
    sealed_secret: c.text('sealed_secret').notNull(),
    /** Separated by spaces. */
    scopes: c.text('scopes').notNull(),
    /** The claim that lists a user's groups; null: none. */
    group_claim: c.text('group_claim'),
    /** 1: new users get an account, if `SIGN_UP` allows it. */
    creates_accounts: c.integer('creates_accounts').notNull(),
    /** 1: it requires a second factor, so ours is skipped. */
    asks_second_factor: c.integer('asks_second_factor').notNull(),
    created: c.instant('created').notNull(),
    version: c.integer('version').notNull().default(1),
  }),
  /** The group or role that a value of the group claim maps to. */
  groupMappings: c.table(
    'group_mappings',
    {
      provider_id: c.text('provider_id').notNull(),
      value: c.text('value').notNull(),
      group_id: c.id('group_id'),
      role: c.text('role'),
    },
    (t) => [
      c.index('group_mappings_by_provider').on(t.provider_id, t.value),
      c.index('group_mappings_by_group').on(t.group_id),
    ],
  ),
  identities: c.table(
    'identities',
    {
      id: c.id('id').primaryKey(),
      provider_id: c.text('provider_id').notNull(),
      /** The provider's permanent id of the user (OpenID Connect Core section 2). */
      subject: c.text('subject').notNull(),
      user_id: c.id('user_id').notNull(),
      created: c.instant('created').notNull(),
      last_used: c.instant('last_used').notNull(),
    },
    (t) => [
      c.unique('only_one_user_per_subject').on(t.provider_id, t.subject),
      // An address given to somebody else comes with another subject, which must not get in.
      c.unique('only_one_subject_per_user').on(t.user_id, t.provider_id),
    ],
  ),
  /** Completed sign-ins: none is completed twice. */
  usedSignIns: c.table(
    'used_sign_ins',
    { id: c.id('id').primaryKey(), expires: c.instant('expires').notNull() },
    (t) => [c.index('used_sign_ins_by_expiry').on(t.expires)],
  ),
})

export type ProviderRow = ReturnType<typeof oidcTables>['identityProviders']['$inferSelect']
