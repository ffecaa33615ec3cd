import { desc, gte, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { prepareRead } from '@campus/store/prepare-read.ts'
import { createLogOrder } from '../../../shared/event-position.ts'
import type { JournalRow } from './tables.ts'
import type { NotificationsTables } from '../tables.ts'

/** A position in the journal: rows are ordered by commit, then by number. */
export interface Place {
  transaction: number
  position: number
}

export const journalStart: Place = { transaction: 0, position: 0 }

/** Reads the journal in commit order without gaps, even when rows are written by hand. */
export function createJournalReader(
  { store }: Pick<Context, 'store'>,
  { journal }: NotificationsTables,
) {
  const order = createLogOrder(store, { transaction: journal.transaction, id: journal.position })

  /** SQL condition: a row comes after a position, and none can still appear before it. */
  const isAfter = (transaction: SQL, position: SQL): SQL =>
    order.isAfter({ transaction, id: position })

  const bound = { transaction: sql.placeholder('transaction'), id: sql.placeholder('position') }
  const readSome = prepareRead(store, journal, {
    tail: sql`FROM ${journal} WHERE ${order.isAfter(bound)}
      ORDER BY ${sql.join(order.columns, sql`, `)} LIMIT ${sql.placeholder('limit')}`,
  })

  function readAfter(place: Place, limit: number): Promise<JournalRow[]> {
    return readSome({ ...place, limit })
  }

  async function readLast(): Promise<Place> {
    const [last] = await store.db
      .select({ transaction: journal.transaction, position: journal.position })
      .from(journal)
      .where(order.isFinal)
      .orderBy(...order.columns.map((column) => desc(column)))
      .limit(1)
    return last ? toPlace(last) : journalStart
  }

  /** The position before the first event at or after a time; the end if there is none. */
  async function findBefore(since_ms: number, whose: string): Promise<Place> {
    const [first] = await store
      .scan(whose)
      .db.select({ transaction: journal.transaction, position: journal.position })
      .from(journal)
      .where(gte(journal.happened, since_ms))
      .orderBy(...order.columns)
      .limit(1)
    if (!first) return readLast()
    const { transaction, position } = toPlace(first)
    return { transaction, position: position - 1 }
  }

  return { findBefore, isAfter, order: order.columns, readAfter, readLast }
}

export type JournalReader = ReturnType<typeof createJournalReader>

// PostgreSQL's driver returns 8-byte integers as text.
export function toPlace({ transaction, position }: Place): Place {
  return { transaction: Number(transaction), position: Number(position) }
}
