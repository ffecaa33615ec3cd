import { and, asc, eq, gt } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Holdings } from '../../../shared/schemas/leaving.ts'
import { groupsPerUserMax } from '../../../shared/schemas/group.ts'
import type { BookingsApi } from '../../bookings/index.ts'
import type { FilesApi } from '../../files/index.ts'
import type { InventoryApi } from '../../inventory/index.ts'
import type { Accounts } from '../accounts.ts'
import type { UsersTables } from '../tables.ts'

/** What an account has, here and in other services, that would be deleted or ownerless. */
export function createHoldings(context: Context, tables: UsersTables, accounts: Accounts) {
  const { store, clock, client, log } = context
  const { apiKeys, groups, groupMembers, invitations } = tables

  // An unavailable service is reported as unknown, not as empty.
  function orUnknown<T>(
    service: string,
    answer: { data: T | null; error: { status: unknown } | null },
  ) {
    if (answer.error) log.warn('holdings are unknown', { of: service, status: answer.error.status })
    return answer.error ? null : answer.data
  }

  async function readManaged(userId: string) {
    return store.db
      .select({ id: groups.id, name: groups.name })
      .from(groupMembers)
      .innerJoin(groups, eq(groups.id, groupMembers.group_id))
      .where(and(eq(groupMembers.user_id, userId), eq(groupMembers.role, 'manager')))
      .orderBy(asc(groups.name_key))
      .limit(groupsPerUserMax)
  }

  /** @throws 404 */
  return async (userId: string): Promise<Holdings> => {
    await accounts.get(userId)
    const query = { user_id: userId }
    const isPending = and(eq(invitations.created_by, userId), gt(invitations.expires, clock()))
    const [bookings, booked, files, api_keys, managed, invited] = await Promise.all([
      client<InventoryApi>('inventory').api.allocations.holdings.get({ query }),
      client<BookingsApi>('bookings').api.bookings.holdings.get({ query }),
      client<FilesApi>('files').api.files.holdings.get({ query }),
      store.db.$count(apiKeys, and(eq(apiKeys.user_id, userId), gt(apiKeys.expires, clock()))),
      readManaged(userId),
      store.db.$count(invitations, isPending),
    ])
    return {
      bookings: orUnknown('inventory', bookings),
      booked: orUnknown('bookings', booked),
      files: orUnknown('files', files),
      api_keys,
      groups: managed,
      invitations: invited,
    }
  }
}
