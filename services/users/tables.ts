import { idempotencyTable } from '../../shared/idempotency.ts'
import { refoldTable } from '../../shared/refold.ts'
import type { Columns } from '@campus/store/columns.ts'
import { apiKeyTables } from './api-keys/tables.ts'
import { passkeyTables } from './passkeys/tables.ts'
import { secondFactorTables } from './second-factor/tables.ts'
import { securityEventTables } from './security-events/tables.ts'
import { groupTables } from './groups/tables.ts'
import { invitationTables } from './invitations/tables.ts'
import { oidcTables } from './oidc/tables.ts'
import { mailTables } from './mail/tables.ts'
import { confirmationTables } from './recovery/tables.ts'

/** What users stores. It has no password and no token: only hashes, counters, sealed keys. */
export const usersTables = (c: Columns) => ({
  users: c.table(
    'users',
    {
      id: c.id('id').primaryKey(),
      username: c.text('username').notNull(),
      /** The username in lower case: `Anna` and `anna` are the same. */
      username_key: c.text('username_key').notNull(),
      /** The name others see; empty in a row written by hand. */
      display_name: c.text('display_name').notNull().default(''),
      /** The folded name, for searching and sorting the directory. */
      display_key: c.text('display_key').notNull().default(''),
      /** In lower case. */
      email: c.text('email').notNull(),
      /** The address whose ownership is proved; another one is not verified yet. */
      verified_email: c.text('verified_email'),
      password_hash: c.text('password_hash').notNull(),
      role: c.text('role').notNull(),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
      /** Counts changes of claims in tokens; tokens of a lower generation are refused. */
      generation: c.integer('generation').notNull().default(0),
      /** Since when no login is possible; null: active. */
      disabled: c.instant('disabled'),
    },
    (t) => [
      c.unique('only_one_user_per_username').on(t.username_key),
      c.unique('only_one_user_per_email').on(t.email),
      c.index('users_by_role').on(t.role),
      c.index('users_by_display_name').on(t.display_key, t.id),
    ],
  ),
  ...loginTables(c),
  ...securityEventTables(c),
  ...groupTables(c),
  ...proofTables(c),
  ...mailTables(c),
  ...invitationTables(c),
  ...confirmationTables(c),
  signingKeys: c.table(
    'signing_keys',
    {
      /** Its thumbprint (RFC 7638), which tokens name as `kid`. */
      id: c.text('id').primaryKey(),
      /** Increases; of two processes that renew at once, one succeeds. */
      generation: c.integer('generation').notNull(),
      public_key: c.text('public_key').notNull(),
      /** Encrypted under the secret of the system. */
      sealed_key: c.text('sealed_key').notNull(),
      created: c.instant('created').notNull(),
    },
    (t) => [c.unique('only_one_key_per_generation').on(t.generation)],
  ),
  /** Removed accounts, written by a trigger: other services read here whose data to forget. */
  removedUsers: c.table(
    'removed_users',
    {
      number: c.number('number'),
      user_id: c.id('user_id').notNull(),
      transaction: c.transaction('transaction'),
    },
    (t) => [
      c.index('removed_users_in_order').on(t.transaction, t.number),
      c.index('removed_users_by_id').on(t.user_id),
    ],
  ),
  idempotencyKeys: idempotencyTable(c),
  refold: refoldTable(c),
})

/** Credentials of people and their scripts, besides passwords. */
const proofTables = (c: Columns) => ({
  ...apiKeyTables(c),
  ...secondFactorTables(c),
  ...oidcTables(c),
  ...passkeyTables(c),
})

const loginTables = (c: Columns) => ({
  logins: c.table(
    'logins',
    {
      id: c.id('id').primaryKey(),
      user_id: c.id('user_id').notNull(),
      /** The number of refreshes. A refresh token is valid for one count. */
      refreshes: c.integer('refreshes').notNull().default(0),
      /** When the newest refresh token was issued: the one before is valid for a moment longer. */
      refreshed: c.instant('refreshed'),
      expires: c.instant('expires').notNull(),
      /** When it ends even if it is refreshed; null: never. */
      ends: c.instant('ends'),
      /** When the newest access token of this login expires. */
      token_expires: c.instant('token_expires').notNull(),
      ended: c.instant('ended'),
      created: c.instant('created').notNull(),
      /** Where it was last used, for its owner to recognise. */
      address: c.text('address'),
      user_agent: c.text('user_agent'),
    },
    (t) => [
      c.index('logins_by_user').on(t.user_id),
      c.index('logins_by_end').on(t.ended),
      c.index('logins_by_expiry').on(t.expires),
    ],
  ),
  /** Ended logins in commit order, written by a trigger, so that no clock matters. */
  endedLogins: c.table(
    'ended_logins',
    {
      number: c.number('number'),
      transaction: c.transaction('transaction'),
      /** A login; with a generation, a user. */
      login_id: c.id('login_id').notNull(),
      /** Of the user: tokens of a lower one have ended. Null: all tokens of the login have. */
      generation: c.integer('generation'),
      /** After that, its tokens have expired anyway. */
      token_expires: c.instant('token_expires').notNull(),
    },
    (t) => [c.index('ended_logins_in_order').on(t.transaction, t.number)],
  ),
  attempts: c.table('login_attempts', {
    /** The account or the client's network, hashed. */
    id: c.text('id').primaryKey(),
    failures: c.integer('failures').notNull(),
    /** When the full allowance is available again. */
    free: c.instant('free').notNull(),
  }),
})

export type UsersTables = ReturnType<typeof usersTables>
export type UserRow = UsersTables['users']['$inferSelect']
