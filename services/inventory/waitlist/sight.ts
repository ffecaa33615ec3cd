import { and, asc, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { UsersApi } from '../../users/index.ts'
import type { InventoryTables } from '../tables.ts'
import { writeGroups } from '../visibility.ts'

// As many as one request may name.
const usersAtOnce = 200

/**
 * Updates the groups of those who wait, by which the triggers decide what they may be offered.
 * While the users service is unavailable, the known groups count.
 */
export function createSight(
  { store, client }: Pick<Context, 'store' | 'client'>,
  { resources, waitlist }: InventoryTables,
) {
  const { db } = store

  async function run(): Promise<void> {
    const isOpen = isNull(waitlist.closed)
    const [someone] = await db.select({ id: waitlist.id }).from(waitlist).where(isOpen).limit(1)
    if (!someone) return
    // Beside serving, as it reads all entries, usually in vain.
    const [restricted] = await store
      .scan('who may see what')
      .db.select({ id: resources.id })
      .from(resources)
      .where(isNotNull(resources.visible_to))
      .limit(1)
    if (!restricted) return
    let last = ''
    for (;;) {
      const rows = await db
        .selectDistinct({ user: waitlist.created_by })
        .from(waitlist)
        .where(and(isOpen, gt(waitlist.created_by, last)))
        .orderBy(asc(waitlist.created_by))
        .limit(usersAtOnce)
      await learn(rows.map(({ user }) => user).filter(isId))
      last = rows.at(-1)?.user ?? ''
      if (rows.length < usersAtOnce) return
    }
  }

  async function learn(ids: string[]): Promise<void> {
    if (ids.length === 0) return
    const { data, error } = await client<UsersApi>('users').api.users.groups.post({ ids })
    if (error) throw new Error(`The users service answered ${error.status}`)
    // Usually nothing changed.
    const toSees = ({ administrator, groups }: (typeof data)[number]) =>
      administrator ? null : writeGroups(groups)
    const bySight = Map.groupBy(data, toSees)
    for (const [sees, users] of bySight) {
      const isOther = and(
        isNull(waitlist.closed),
        inArray(
          waitlist.created_by,
          users.map(({ user_id }) => user_id),
        ),
        sql`${waitlist.sees} IS DISTINCT FROM ${sees}`,
      )
      const [one] = await db.select({ id: waitlist.id }).from(waitlist).where(isOther).limit(1)
      if (!one) continue
      // More may be free for them.
      await db.update(waitlist).set({ sees, checked: 0 }).where(isOther)
    }
  }

  return { run }
}
