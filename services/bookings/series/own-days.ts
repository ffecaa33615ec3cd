import { requireOwner, type Caller } from '../../../shared/access.ts'
import type { Rulebook } from '../rulebook.ts'
import type { Stored } from '../settle.ts'

/**
 * The bookings among these that are the caller's to change: days that were given to others stay
 * as they are. @throws 403 if all of them are others'
 */
export async function keepOwnDays(
  asked: readonly Stored[],
  caller: Caller,
  rulebook: Rulebook,
): Promise<Stored[]> {
  const own: Stored[] = []
  for (const one of asked) {
    const { booked_for, created_by } = one.row
    const isTheirs = caller.id === booked_for || caller.id === created_by
    if (isTheirs || (await rulebook.mayManage(caller, one.items))) own.push(one)
  }
  const [first] = asked
  if (first && own.length === 0) requireOwner(caller, first.row.created_by)
  return own
}
