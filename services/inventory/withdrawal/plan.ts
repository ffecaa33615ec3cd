import { and, asc, eq, isNull, ne, or, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { conflict } from '../../../shared/problem.ts'
import { isOfService } from '../booking.ts'
import { shownSpan } from '../buffers.ts'
import { isFree } from '../free.ts'
import { mapWithPauses } from '../map-with-pauses.ts'
import { meetsConditions, type Condition } from '../property-filter.ts'
import type { FoundResource } from '../resources.ts'
import type { TimeSpan } from '../span.ts'
import type { AllocationRow, InventoryTables } from '../tables.ts'
import { findTouching } from '../touches.ts'
import { containsGroup, readGroups } from '../visibility.ts'

/** A resource that a booking moves to. */
export interface Target {
  number: number
  id: string
  version: number
}

export interface Plan {
  resource: FoundResource
  span: TimeSpan
  moves: { row: AllocationRow; to: Target }[]
  stranded: AllocationRow[]
}

interface Wanted {
  resource: FoundResource
  span: TimeSpan
  conditions: Condition[]
  /** The user whose turn at scans it takes. */
  whose: string
}

/** Types that block the resource itself, and are not moved to another one. */
export const maintenance = 'maintenance'
// Each costs a search of its type.
const allocationsMax = 200

/**
 * Finds where the bookings of a resource can go. They never overlap each other, so each can take
 * what is free for it independently of the others, which is optimal.
 */
export function createPlanner({ store, clock }: Context, tables: InventoryTables) {
  const { allocations, resources } = tables

  /** @throws 409 `too_many_allocations` */
  return async function makePlan({ resource, span, ...wanted }: Wanted): Promise<Plan> {
    const range = { resource: resource.number, span, limit: allocationsMax + 1 }
    const rows = await findTouching({ store, allocations }, range)
    if (rows.length > allocationsMax) {
      const detail = `More than ${allocationsMax} allocations touch that time. Give a shorter one.`
      throw conflict('too_many_allocations', detail)
    }
    const now = clock()
    const targets = await mapWithPauses(rows, async (row) =>
      shownSpan(row).from > now && row.allocation_type !== maintenance && !isOfService(row)
        ? findTarget(row, { resource, ...wanted })
        : undefined,
    )
    const moves = rows.flatMap((row, at) => {
      const to = targets[at]
      return to ? [{ row, to }] : []
    })
    return { resource, span, moves, stranded: rows.filter((_, at) => !targets[at]) }
  }

  async function findTarget(
    { from_datetime: from, to_datetime: to }: AllocationRow,
    { resource, conditions, whose }: Omit<Wanted, 'span'>,
  ): Promise<Target | undefined> {
    const [found] = await store
      .scan(whose)
      .db.select({ number: resources.number, id: resources.id, version: resources.version })
      .from(resources)
      .where(
        and(
          eq(resources.resource_type, resource.resource_type),
          isNull(resources.decommissioned),
          // It is free itself once its booking is released meanwhile.
          ne(resources.number, resource.number),
          isSeenAsMuch(resource),
          meetsConditions(store, resources, conditions),
          isFree(store, tables, { from, to }),
        ),
      )
      .orderBy(asc(resources.name))
      .limit(1)
    return found
  }

  // Visible to everybody who sees the resource, so that no booking moves where its owner cannot see
  // it.
  function isSeenAsMuch({ visible_to }: FoundResource): SQL | undefined {
    const isForAll = isNull(resources.visible_to)
    if (visible_to === null) return isForAll
    const isNamed = readGroups(visible_to).map((id) => containsGroup(resources.visible_to, id))
    return or(isForAll, and(sql`true`, ...isNamed))
  }
}
