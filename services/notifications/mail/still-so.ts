import { and, inArray } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { NotificationKind } from '../../../shared/notification-kinds.ts'
import type { NotificationRow } from '../inbox/tables.ts'
import type { NotificationsTables } from '../tables.ts'

/** The field with the time after which a notification is useless. */
const endsWith: Partial<Record<string, 'from' | 'to' | 'held_until'>> = {
  'booking.reminder': 'from',
  'booking.delayed': 'to',
  'waitlist.won': 'held_until',
} satisfies Partial<Record<NotificationKind, 'from' | 'to' | 'held_until'>>

const ends = ['booking.cancelled', 'booking.rejected', 'booking.expired', 'booking.no_show']
/** The later events of the same subject that make it obsolete. */
const endedBy: Partial<Record<string, string[]>> = {
  'booking.requested': [...ends, 'booking.approved'],
  'booking.reminder': [...ends, 'booking.checked_out'],
  'booking.delayed': [...ends, 'booking.checked_out'],
  'booking.overdue': [...ends, 'booking.returned'],
  'waitlist.won': ['allocation.released'],
} satisfies Partial<Record<NotificationKind, string[]>>

const endTypes = [...new Set(Object.values(endedBy).flatMap((types) => types ?? []))]

/** Until when a mail about it is useful; milliseconds since 1970, Infinity: always. */
export function readEndOfUse(kind: string, data: Record<string, unknown>): number {
  const moment = data[endsWith[kind] ?? '']
  return typeof moment === 'string' ? Date.parse(moment) : Infinity
}

/**
 * Which waiting notifications are still worth a mail: nobody is asked to decide what is decided.
 */
export function createStillSo(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { journal }: NotificationsTables,
) {
  return async function listStillSo(rows: NotificationRow[]): Promise<NotificationRow[]> {
    const now = clock()
    const useful = rows.filter(({ kind, data }) => readEndOfUse(kind, JSON.parse(data)) > now)
    const subjects = useful.flatMap(({ kind, subject }) => (endedBy[kind] ? subject : []))
    if (subjects.length === 0) return useful
    const found = await store.db
      .select({ subject: journal.subject, type: journal.type, position: journal.position })
      .from(journal)
      .where(and(inArray(journal.subject, subjects), inArray(journal.type, endTypes)))
    return useful.filter(
      ({ kind, subject, journal_position }) =>
        !found.some(
          (end) =>
            end.subject === subject &&
            end.position > journal_position &&
            endedBy[kind]?.includes(end.type),
        ),
    )
  }
}

export type ListStillSo = ReturnType<typeof createStillSo>
