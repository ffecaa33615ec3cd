import { sql, type Column, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'

/** A reader's position: events are ordered by the commit of their transaction, then by id. */
export interface Position {
  transaction: number
  id: number
}

/** Before the first event. */
export const origin: Position = { transaction: 0, id: 0 }

/** A position and the history it belongs to; undefined: from before histories had names. */
export type NamedPosition = Position & { epoch: string | undefined }

/** The position of a row. PostgreSQL's driver returns 8-byte integers as text. */
export function toPosition(row: { transaction: number; id: number } | undefined): Position {
  return {
    transaction: Number(row?.transaction ?? 0),
    id: Number(row?.id ?? 0),
  }
}

export function isBefore(a: Position, b: Position): boolean {
  return a.transaction < b.transaction || (a.transaction === b.transaction && a.id < b.id)
}

/** The event `id` with which a reader resumes. @param epoch 16 hexadecimal digits */
export function toEventId(epoch: string, { transaction, id }: Position): string {
  return `${epoch}-${transaction}-${id}`
}

/** @returns undefined when it is not one of ours; its position may be unknown */
export function readEventId(text: string): NamedPosition | undefined {
  const match = /^(?:([0-9a-f]{16})-)?(\d{1,15})-(\d{1,15})$/.exec(text)
  return match
    ? { epoch: match[1], transaction: Number(match[2]), id: Number(match[3]) }
    : undefined
}

/** A bound of a log: a position, or the columns that hold one. */
interface LogBound {
  transaction: number | SQLWrapper
  id: number | SQLWrapper
}

/** Conditions for reading a log in the order of its commits; see `Store.commitOrder`. */
export function createLogOrder<Log extends { transaction: Column; id: Column }>(
  store: Store,
  log: Log,
) {
  const columns = store.commitOrder(log)
  const isFinal = sql`${log.transaction} < ${store.horizon}`

  function compare(operator: '>' | '<=', { transaction, id }: LogBound): SQL {
    const bound = columns.map((column) => sql`${column === log.id ? id : transaction}`)
    return sql`(${sql.join(columns, comma)}) ${sql.raw(operator)} (${sql.join(bound, comma)})`
  }

  return {
    /** For `ORDER BY`. */
    columns,
    /** Rows that are final: no row will appear before them. */
    isFinal,
    /** Of those, the ones after a position. */
    isAfter: (bound: LogBound): SQL => sql`${compare('>', bound)} AND ${isFinal}`,
    isUpTo: (bound: LogBound): SQL => compare('<=', bound),
  }
}

const comma = sql`, `

/** The name of the history that positions belong to; the newest counts. */
export async function readEpoch(store: Store): Promise<{ epoch: string; isFirst: boolean }> {
  const newest = sql`SELECT number, epoch FROM event_epochs ORDER BY number DESC LIMIT 1`
  const [row] = await store.rows<{ number: number; epoch: string }>(newest)
  return { epoch: row?.epoch ?? '', isFirst: row?.number === 1 }
}

/**
 * Starts a new history, which invalidates all positions in the old one. Call it after replacing
 * rows that readers have seen, as a restore does.
 */
export async function renewEpoch(store: Store): Promise<void> {
  await store.atomically([sql.raw(newEpoch)])
}

export const newEpoch = 'INSERT INTO event_epochs DEFAULT VALUES'
