import { and, isNull, like } from 'drizzle-orm'
import { isAdministrator, type Caller } from '../../shared/access.ts'
import type { Policy, PolicyRules } from '../../shared/schemas/policy.ts'
import { isId } from '../../shared/schemas/primitive.ts'
import type { Store } from '@campus/store/store.ts'
import { toResourceTarget } from './policy/rules.ts'
import { toViewer, type Reservations } from './reservations.ts'
import type { BookingsTables } from './tables.ts'

// The most ids inventory accepts in one request.
const idsMax = 2000
const prefix = toResourceTarget('')

/** Policies as a caller may see them: without hidden resources, and without other groups. */
export function createPolicySight(
  { db }: Pick<Store, 'db'>,
  { policies }: BookingsTables,
  reservations: Pick<Reservations, 'findHidden'>,
) {
  /** The targets among these that do not exist for the caller. */
  async function findHidden(targets: readonly string[], caller: Caller): Promise<string[]> {
    if (isAdministrator(caller)) return []
    const ofResources = targets.filter((target) => target.startsWith(prefix))
    const ids = ofResources.map((target) => target.slice(prefix.length))
    // A target set by hand may be anything.
    const known = ids.filter((id) => isId(id))
    const hidden = new Set<string>(ids.filter((id) => !isId(id)))
    for (let at = 0; at < known.length; at += idsMax) {
      const some = known.slice(at, at + idsMax)
      for (const id of await reservations.findHidden(some, toViewer(caller))) hidden.add(id)
    }
    return [...hidden].map(toResourceTarget)
  }

  return {
    findHidden,
    /** All targets whose policies the caller cannot see. */
    listHidden: async (caller: Caller, withEnded: boolean): Promise<string[]> => {
      if (isAdministrator(caller)) return []
      const rows = await db
        .selectDistinct({ target: policies.target })
        .from(policies)
        .where(
          and(like(policies.target, `${prefix}%`), withEnded ? undefined : isNull(policies.ended)),
        )
      return findHidden(
        rows.map(({ target }) => target),
        caller,
      )
    },
  }
}

export type PolicySight = ReturnType<typeof createPolicySight>

/** Removes what a policy says about groups the caller is not in. */
export function toVisible(policy: Policy, caller: Caller): Policy {
  if (isAdministrator(caller)) return policy
  const isOwn = (group: string) => caller.groups.includes(group)
  const { rights, approval } = policy.rules
  const rules: PolicyRules = {
    ...policy.rules,
    ...(rights && { rights: rights.filter(({ group }) => group === null || isOwn(group)) }),
    ...(approval?.groups && { approval: { ...approval, groups: approval.groups.filter(isOwn) } }),
  }
  return { ...policy, rules }
}
