import { and, inArray } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { findKind, obsoletingTypes } from '../../../shared/notification-kinds.ts'
import type { NotificationRow } from '../inbox/tables.ts'
import type { NotificationsTables } from '../tables.ts'

/** Until when a mail about it is useful; milliseconds since 1970, Infinity: always. */
export function readEndOfUse(kind: string, data: Record<string, unknown>): number {
  const moment = data[findKind(kind)?.usefulUntil ?? '']
  return typeof moment === 'string' ? Date.parse(moment) : Infinity
}

/**
 * Which waiting notifications are still worth a mail: nobody is asked to decide what is decided.
 */
export function createObsoleteFilter(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { journal }: NotificationsTables,
) {
  return async function dropObsolete(rows: NotificationRow[]): Promise<NotificationRow[]> {
    const now = clock()
    const useful = rows.filter(({ kind, data }) => readEndOfUse(kind, JSON.parse(data)) > now)
    const subjects = useful.flatMap(({ kind, subject }) =>
      findKind(kind)?.obsoleteAfter ? subject : [],
    )
    if (subjects.length === 0) return useful
    const found = await store.db
      .select({ subject: journal.subject, type: journal.type, position: journal.position })
      .from(journal)
      .where(and(inArray(journal.subject, subjects), inArray(journal.type, obsoletingTypes)))
    return useful.filter(
      ({ kind, subject, journal_position }) =>
        !found.some(
          (end) =>
            end.subject === subject &&
            end.position > journal_position &&
            findKind(kind)?.obsoleteAfter?.includes(end.type),
        ),
    )
  }
}

export type DropObsolete = ReturnType<typeof createObsoleteFilter>
