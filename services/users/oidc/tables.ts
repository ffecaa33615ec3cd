import type { Columns } from '../../../shared/store/columns.ts'

/** Sign-in providers of the organisation, and who is who there. */
export const oidcTables = (c: Columns) => ({
  identityProviders: c.table('identity_providers', {
    /** Chosen by an administrator; part of the address that the provider sends people back to. */
    id: c.text('id').primaryKey(),
    name: c.text('name').notNull(),
    /** A trigger keeps it: subjects mean somebody only with their issuer. */
    issuer: c.text('issuer').notNull(),
    client_id: c.text('client_id').notNull(),
    /** Encrypted under the secret of the system. */
    sealed_secret: c.text('sealed_secret').notNull(),
    /** With spaces between them. */
    scopes: c.text('scopes').notNull(),
    /** The claim that lists somebody's groups; null: none are read. */
    group_claim: c.text('group_claim'),
    /** 1: whoever has no account gets one, where `SIGN_UP` lets them in. */
    creates_accounts: c.integer('creates_accounts').notNull(),
    /** 1: it asks for a second factor, so that ours is not asked for. */
    asks_second_factor: c.integer('asks_second_factor').notNull(),
    created: c.instant('created').notNull(),
    version: c.integer('version').notNull().default(1),
  }),
  /** What a value of the group claim stands for: a group, or a role. */
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
      /** By which the provider knows them for good (OpenID Connect Core section 2). */
      subject: c.text('subject').notNull(),
      user_id: c.id('user_id').notNull(),
      created: c.instant('created').notNull(),
      last_used: c.instant('last_used').notNull(),
    },
    (t) => [
      c.unique('only_one_user_per_subject').on(t.provider_id, t.subject),
      // An address that was given to somebody else brings another subject, which must not get in.
      c.unique('only_one_subject_per_user').on(t.user_id, t.provider_id),
    ],
  ),
  /** Sign-ins that came back: none does so twice. */
  usedSignIns: c.table(
    'used_sign_ins',
    { id: c.id('id').primaryKey(), expires: c.instant('expires').notNull() },
    (t) => [c.index('used_sign_ins_by_expiry').on(t.expires)],
  ),
})

export type ProviderRow = ReturnType<typeof oidcTables>['identityProviders']['$inferSelect']
