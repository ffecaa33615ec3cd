import { and, eq, gt, inArray, ne, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import { invalidLink } from '../guess-limit.ts'
import type { Links } from '../links.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import type { ConfirmationRow } from './tables.ts'
import { day_ms, hour_ms } from '../../../shared/duration.ts'

const life_ms = { password: hour_ms, address: day_ms, keep: 7 * day_ms }
// Handed over by an administrator, by any channel.
export const handedOverLife_ms = day_ms

export type Purpose = keyof typeof life_ms

export interface NewConfirmation {
  id: string
  user: string
  purpose: Purpose
  /** The address it is sent to; empty if it is not mailed. */
  email: string
  /** Of the account as read: nothing begins if it has changed since. */
  version?: number
  /** The administrator who hands it over; null: the operator, or it is mailed. */
  maker?: string | null
  /** A further condition of the commit that begins it. */
  guard?: SQL | undefined
}

/** What links confirm, as rows and statements; callers apply the rules. */
export function createConfirmations(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { confirmations, users }: UsersTables,
  links: Links,
) {
  const toParams = (row: Partial<ConfirmationRow>) =>
    Object.entries(row).map(([name, value]) =>
      sql.param(value, confirmations[name as keyof ConfirmationRow]),
    )
  const ofUser = (user: string, purpose: Purpose) =>
    and(eq(confirmations.user_id, user), eq(confirmations.purpose, purpose))

  /** SQL condition: it exists, and its maker may still hand it over. */
  function isGood(id: string): SQL | undefined {
    const mayHandOver = sql`(${confirmations.created_by} IS NULL OR EXISTS (SELECT 1
      FROM ${users} AS makers WHERE makers.id = ${confirmations.created_by}
        AND makers.role = 'admin' AND makers.disabled IS NULL))`
    return and(eq(confirmations.id, id), gt(confirmations.expires, clock()), mayHandOver)
  }

  return {
    /** A repeated request gets a new link and invalidates the one before. */
    begin: (it: NewConfirmation): SQL[] => {
      const { id, user, purpose, email, version, maker = null, guard } = it
      const now_ms = clock()
      const lasts_ms = email ? life_ms[purpose] : handedOverLife_ms
      const times = { created: now_ms, expires: now_ms + lasts_ms }
      const row = { id, purpose, email, created_by: maker, ...times }
      // Each former address can be restored.
      const isSame = purpose === 'keep' ? eq(confirmations.email, email) : undefined
      const isSeen = version === undefined ? undefined : eq(users.version, version)
      return [
        store.db
          .delete(confirmations)
          .where(and(ofUser(user, purpose), isSame))
          .getSQL(),
        // Inserts nothing for an unknown account, in the same time.
        sql`INSERT INTO ${confirmations} (user_id, ${sql.raw(Object.keys(row).join(', '))})
          SELECT ${users.id}, ${sql.join(toParams(row), sql`, `)} FROM ${users}
          WHERE ${and(eq(users.id, user), isSeen, guard)}`,
      ]
    },
    /** @throws 404 if the token was used or replaced, or has expired */
    find: async (purpose: Purpose, token: string) => {
      const id = links.readToken(purpose, token)
      if (!id) throw invalidLink()
      const [found] = await store.db
        .select({ confirmation: confirmations, user: users })
        .from(confirmations)
        .innerJoin(users, eq(users.id, confirmations.user_id))
        .where(isGood(id))
      if (!found) throw invalidLink()
      return found
    },
    /** Serializes a user's confirmations, and changes to the maker. */
    lock: (user: string, maker: string | null = null): SQL => {
      const ids = maker === null ? [user] : [user, maker]
      return sql`SELECT id FROM ${users} WHERE ${inArray(users.id, ids)} ORDER BY id
        ${store.rowLock}`
    },
    /** Changes the user, while the confirmation is valid. */
    change: ({ id, user_id }: ConfirmationRow, change: Partial<UserRow>): SQL =>
      store.db
        .update(users)
        .set({ ...change, version: sql`${users.version} + 1` })
        .where(
          and(
            eq(users.id, user_id),
            sql`EXISTS (SELECT 1 FROM ${confirmations} WHERE ${isGood(id)})`,
          ),
        )
        .getSQL(),
    /** Uses it up, while it is valid. */
    use: ({ id }: ConfirmationRow): SQL =>
      store.db
        .delete(confirmations)
        .where(and(eq(confirmations.id, id), gt(confirmations.expires, clock())))
        .getSQL(),
    /** Ends all others of the user. */
    endOthers: ({ id, user_id }: ConfirmationRow): SQL =>
      store.db
        .delete(confirmations)
        .where(and(eq(confirmations.user_id, user_id), ne(confirmations.id, id)))
        .getSQL(),
    prunable: {
      name: 'expired confirmations',
      table: confirmations,
      key: confirmations.id,
      since: confirmations.expires,
      keepFor_ms: 0,
    } satisfies Prunable,
  }
}

export type Confirmations = ReturnType<typeof createConfirmations>
