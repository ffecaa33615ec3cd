import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import { toInstant } from '../../../shared/instant.ts'
import {
  newReservationsMax,
  type KnownReservations,
  type NewReservations,
} from '../../../shared/schemas/reservation.ts'
import type { Store } from '@campus/store/store.ts'
import type { InventoryTables } from '../tables.ts'

/** What a service has made, until it says that it knows of it: an answer may never have come. */
export function createNewReservations(
  { db }: Pick<Store, 'db'>,
  { allocations, new_reservations: made }: InventoryTables,
) {
  /** Some of it, by id. */
  async function listNew({ id }: Caller): Promise<NewReservations> {
    const rows = await db
      .select({ id: made.allocation_id, created: allocations.created })
      .from(made)
      .innerJoin(allocations, eq(allocations.id, made.allocation_id))
      .where(eq(made.service, id))
      .orderBy(asc(made.allocation_id))
      .limit(newReservationsMax)
    const reservations = rows.map((row) => ({
      ...row,
      created: toInstant(row.created) ?? '',
    }))
    return { reservations }
  }

  async function know({ body, caller }: { body: KnownReservations; caller: Caller }) {
    await db
      .delete(made)
      .where(and(inArray(made.allocation_id, body.ids), eq(made.service, caller.id)))
  }

  return { listNew, know }
}
