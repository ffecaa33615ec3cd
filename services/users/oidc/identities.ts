import { and, asc, eq, sql } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { toInstant } from '../../../shared/instant.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import type { Identity } from '../../../shared/schemas/identity-provider.ts'
import { violation } from '@campus/store/error.ts'
import type { OwnPassword } from '../own-password.ts'
import type { Standing } from '../standing.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import type { ProviderRow } from './tables.ts'

export interface IdentitiesOptions {
  requireOwnPassword: OwnPassword
  security: SecurityLog
  standing: Standing
}

/** The identity of an account's owner at a provider. */
export interface Link {
  provider: string
  subject: string
}

/** Maps identities at providers to accounts. */
export function createIdentities(
  { store, clock, id: newId }: Pick<Context, 'store' | 'clock' | 'id'>,
  { users, identities, identityProviders: providers }: UsersTables,
  { requireOwnPassword, security, standing }: IdentitiesOptions,
) {
  const isLink = ({ provider, subject }: Link) =>
    and(eq(identities.provider_id, provider), eq(identities.subject, subject))

  const toRow = ({ provider, subject }: Link, user_id: string) => {
    const now_ms = clock()
    return {
      id: newId(),
      provider_id: provider,
      subject,
      user_id,
      created: now_ms,
      last_used: now_ms,
    }
  }

  /** The owner of an identity; records its use. */
  async function findUser(link: Link): Promise<UserRow | undefined> {
    const [used] = await store.db
      .update(identities)
      .set({ last_used: clock() })
      .where(isLink(link))
      .returning()
    if (!used) return undefined
    const [user] = await store.db.select().from(users).where(eq(users.id, used.user_id))
    return user
  }

  /**
   * Connects it to the account with the same address, if both sides have verified it.
   * @throws 409 if the account's address is not verified, or connected to another identity
   */
  async function connectByAddress(link: Link, user: UserRow, origin: Origin): Promise<void> {
    const row = toRow(link, user.id)
    const values = Object.entries(row).map(([name, value]) =>
      sql.param(value, identities[name as keyof typeof row]),
    )
    const isVerified = and(
      eq(users.id, user.id),
      eq(users.email, user.email),
      eq(users.verified_email, users.email),
    )
    const isKept = await store
      .atomically([
        sql`SELECT id FROM ${users} WHERE ${eq(users.id, user.id)} ${store.rowLock}`,
        sql`INSERT INTO ${identities} (${sql.raw(Object.keys(row).join(', '))})
          SELECT ${sql.join(values, sql`, `)} FROM ${users} WHERE ${isVerified}`,
      ])
      .catch((error: unknown) => explainTaken(error))
    if (!isKept) throw addressUnverified()
    security('identity_connected', about(user.id, link, origin))
  }

  async function disconnect(row: typeof identities.$inferSelect, caller: Caller, origin: Origin) {
    const { user_id: user, provider_id: provider } = row
    const isTheirs = and(eq(identities.id, row.id), standing.holds(caller))
    const removal = store.db.delete(identities).where(isTheirs).getSQL()
    if (!(await store.atomically([standing.lock(caller, user), removal]))) {
      await standing.require(caller)
      throw notFound('identity', row.id)
    }
    security('identity_disconnected', { actor: caller.id, user, provider, origin })
  }

  return {
    findUser,
    connectByAddress,
    /** For the commit of a new account. */
    insertion: (link: Link, userId: string) =>
      store.db.insert(identities).values(toRow(link, userId)).getSQL(),
    /** SQL condition: the identity is still theirs. */
    isStill: (link: Link, userId: string) =>
      sql`EXISTS (SELECT 1 FROM ${identities}
        WHERE ${isLink(link)} AND user_id = ${sql.param(userId, identities.user_id)})`,
    /**
     * By its logged-in owner. @throws 409 if it is connected to another account, or they have one
     */
    connect: async (
      link: Link,
      { user, name, origin }: { user: string; name: string; origin: Origin },
    ): Promise<Identity> => {
      const row = toRow(link, user)
      await store.db
        .insert(identities)
        .values(row)
        .catch((error: unknown) => explainTaken(error))
      security('identity_connected', about(user, link, origin))
      return toIdentity(row, name)
    },
    listOf: async ({ id }: Caller): Promise<Identity[]> => {
      const rows = await store.db
        .select({ row: identities, name: providers.name })
        .from(identities)
        .innerJoin(providers, eq(providers.id, identities.provider_id))
        .where(eq(identities.user_id, id))
        .orderBy(asc(providers.name))
      return rows.map(({ row, name }) => toIdentity(row, name))
    },
    /** The caller's own. @throws 403 for a wrong password, 404 if it is not theirs */
    disconnectOwn: async (
      id: string,
      current_password: string,
      { caller, origin }: { caller: Caller; origin: Origin },
    ): Promise<void> => {
      const [found] = await store.db
        .select({ row: identities, user: users })
        .from(identities)
        .innerJoin(users, eq(users.id, identities.user_id))
        .where(and(eq(identities.id, id), eq(identities.user_id, caller.id)))
      if (!found) throw notFound('identity', id)
      await requireOwnPassword(found.user, current_password, origin)
      await disconnect(found.row, caller, origin)
    },
    /** By an administrator, when the identity belongs to somebody else now. @throws 404 */
    disconnectOf: async (
      { provider, user }: { provider: string; user: string },
      { caller, origin }: { caller: Caller; origin: Origin },
    ): Promise<void> => {
      const isTheirs = and(eq(identities.provider_id, provider), eq(identities.user_id, user))
      const [row] = await store.db.select().from(identities).where(isTheirs)
      if (!row) throw notFound('identity', user)
      await disconnect(row, caller, origin)
    },
  }
}

export type Identities = ReturnType<typeof createIdentities>

function about(user: string, { provider }: Link, origin: Origin) {
  return { actor: user, user, provider, origin }
}

function toIdentity(
  row: { id: string; provider_id: string; created: number; last_used: number },
  provider_name: ProviderRow['name'],
): Identity {
  const { id, provider_id, created, last_used } = row
  return {
    id,
    provider_id,
    provider_name,
    created: toInstant(created) ?? '',
    last_used: toInstant(last_used) ?? '',
  }
}

function addressUnverified() {
  const detail =
    'There is an account with your address, but the address was never verified. Log in with ' +
    'the password of that account, and connect this sign-in on the account page.'
  return conflict('account_address_unverified', detail)
}

function explainTaken(error: unknown): never {
  if (violation(error) !== 'unique') throw error
  const detail =
    'This account is linked to another identity there, or that identity to another account. ' +
    'Ask an administrator.'
  throw conflict('identity_taken', detail)
}
