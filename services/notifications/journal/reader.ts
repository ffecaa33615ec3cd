import { asc, desc, gte, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { JournalRow } from '../journal/tables.ts'
import type { NotificationsTables } from '../tables.ts'

/** A place in the journal: its rows are in the order of their commits, then of their numbers. */
export interface Place {
  transaction: number
  position: number
}

export const journalStart: Place = { transaction: 0, position: 0 }

/** The journal as webhooks read it: complete, also where somebody writes it by hand. */
export function createEventReader(
  { store }: Pick<Context, 'store'>,
  { journal }: NotificationsTables,
) {
  const order = store.commitOrder({ transaction: journal.transaction, id: journal.position })
  const isFinal = sql`${journal.transaction} < ${store.horizon}`

  /** Whether a row comes after a place and none will come before it any more. */
  const isAfter = (transaction: SQL, position: SQL): SQL => {
    const place = order.map(({ name }) => (name === 'position' ? position : transaction))
    return sql`(${sql.join(order, comma)}) > (${sql.join(place, comma)}) AND ${isFinal}`
  }

  async function readAfter({ transaction, position }: Place, limit: number): Promise<JournalRow[]> {
    return store.db
      .select()
      .from(journal)
      .where(isAfter(sql`${transaction}`, sql`${position}`))
      .orderBy(...order.map((column) => asc(column)))
      .limit(limit)
  }

  async function readLast(): Promise<Place> {
    const [last] = await store.db
      .select({ transaction: journal.transaction, position: journal.position })
      .from(journal)
      .where(isFinal)
      .orderBy(...order.map((column) => desc(column)))
      .limit(1)
    return last ? toPlace(last) : journalStart
  }

  /** The place before the first event that happened then or later; the end when there is none. */
  async function findBefore(since_ms: number, whose: string): Promise<Place> {
    const [first] = await store
      .scan(whose)
      .db.select({ transaction: journal.transaction, position: journal.position })
      .from(journal)
      .where(gte(journal.happened, since_ms))
      .orderBy(...order.map((column) => asc(column)))
      .limit(1)
    if (!first) return readLast()
    const { transaction, position } = toPlace(first)
    return { transaction, position: position - 1 }
  }

  return { findBefore, isAfter, order, readAfter, readLast }
}

export type EventReader = ReturnType<typeof createEventReader>

const comma = sql`, `

// PostgreSQL's driver returns 8-byte integers as text.
export function toPlace({ transaction, position }: Place): Place {
  return { transaction: Number(transaction), position: Number(position) }
}
