import { idempotencyTable } from '../../shared/idempotency.ts'
import { refoldTable } from '../../shared/refold.ts'
import type { Columns } from '../../shared/store/columns.ts'
import { apiKeyTables } from './api-keys/tables.ts'
import { passkeyTables } from './passkeys/tables.ts'
import { secondFactorTables } from './second-factor/tables.ts'
import { securityEventTables } from './security-events/tables.ts'
import { groupTables } from './groups/tables.ts'
import { invitationTables } from './invitations/tables.ts'
import { oidcTables } from './oidc/tables.ts'
import { mailTables } from './mail/tables.ts'
import { confirmationTables } from './recovery/tables.ts'

/** What users keeps. No password and no token is among it: hashes, counters, sealed keys. */
export const usersTables = (c: Columns) => ({
  users: c.table(
    'users',
    {
      id: c.id('id').primaryKey(),
      username: c.text('username').notNull(),
      /** The username in lower case: `Anna` and `anna` are one. */
      username_key: c.text('username_key').notNull(),
      /** What others see; empty in a row that was written by hand. */
      display_name: c.text('display_name').notNull().default(''),
      /** The folded name, by which the directory is searched and sorted. */
      display_key: c.text('display_key').notNull().default(''),
      /** In lower case. */
      email: c.text('email').notNull(),
      /** The address its owner has proved to read; another one is not verified yet. */
      verified_email: c.text('verified_email'),
      password_hash: c.text('password_hash').notNull(),
      role: c.text('role').notNull(),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
      /** Counts what changed of the claims in their tokens; those of a lower one are refused. */
      generation: c.integer('generation').notNull().default(0),
      /** Since when nobody gets in with it; null: it is in use. */
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
      /** Counts up; of two processes that renew at the same moment, one does. */
      generation: c.integer('generation').notNull(),
      public_key: c.text('public_key').notNull(),
      /** Encrypted under the secret of the system. */
      sealed_key: c.text('sealed_key').notNull(),
      created: c.instant('created').notNull(),
    },
    (t) => [c.unique('only_one_key_per_generation').on(t.generation)],
  ),
  /** Accounts that are no more, written by a trigger: others learn here whose things to forget. */
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

/** What people and their scripts show instead of a password, or besides. */
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
      /** How often it was refreshed. A refresh token says for which count it is good. */
      refreshes: c.integer('refreshes').notNull().default(0),
      /** When the newest refresh token was issued: the one before is good for a moment longer. */
      refreshed: c.instant('refreshed'),
      expires: c.instant('expires').notNull(),
      /** When it ends however often it is refreshed; null: it does not. */
      ends: c.instant('ends'),
      /** When the newest access token of this login is over. */
      token_expires: c.instant('token_expires').notNull(),
      ended: c.instant('ended'),
      created: c.instant('created').notNull(),
      /** Where it was used last, for its owner to recognise. */
      address: c.text('address'),
      user_agent: c.text('user_agent'),
    },
    (t) => [
      c.index('logins_by_user').on(t.user_id),
      c.index('logins_by_end').on(t.ended),
      c.index('logins_by_expiry').on(t.expires),
    ],
  ),
  /** Which logins ended, in the order of the commits, from a trigger: no clock decides. */
  endedLogins: c.table(
    'ended_logins',
    {
      number: c.number('number'),
      transaction: c.transaction('transaction'),
      /** A login; with a generation, a user. */
      login_id: c.id('login_id').notNull(),
      /** Of the user: tokens of a lower one have ended. Null: all tokens of the login have. */
      generation: c.integer('generation'),
      /** From then on none of its tokens is accepted anyway. */
      token_expires: c.instant('token_expires').notNull(),
    },
    (t) => [c.index('ended_logins_in_order').on(t.transaction, t.number)],
  ),
  attempts: c.table('login_attempts', {
    /** The account or the client's network, hashed. */
    id: c.text('id').primaryKey(),
    failures: c.integer('failures').notNull(),
    /** When its allowance is whole again. */
    free: c.instant('free').notNull(),
  }),
})

export type UsersTables = ReturnType<typeof usersTables>
export type UserRow = UsersTables['users']['$inferSelect']
