import type { Context } from '../../../shared/context.ts'
import type { Asker } from '../../../shared/origin.ts'
import { createPeople } from '../calendars/people.ts'
import type { Find } from '../find-bookings.ts'
import type { Reservations } from '../reservations.ts'
import type { Rulebook } from '../rulebook.ts'
import type { BookingsTables } from '../tables.ts'
import type { TypeIds } from '../type-ids.ts'
import { createDisplayNow } from './display-now.ts'
import { createDisplays } from './displays.ts'

/** What is free now, for screens on walls and windscreens. */
export function createDisplayService(
  context: Context,
  tables: BookingsTables,
  dependencies: { find: Find; reservations: Reservations; rulebook: Rulebook; typeIds: TypeIds },
) {
  const displays = createDisplays(context, tables, dependencies)
  context.onUsersRemoved(displays.forget)
  const people = createPeople(context)
  const shown = createDisplayNow(context, tables, { displays, people, ...dependencies })
  return {
    ...displays,
    read: shown.read,
    /** 404 at once here, and in other processes when their cached response expires. */
    revoke: async (id: string, asker: Asker) => shown.drop(await displays.revoke(id, asker)),
  }
}
