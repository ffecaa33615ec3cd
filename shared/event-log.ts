import { sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import {
  createLogOrder,
  origin,
  readEpoch,
  readEventId,
  toEventId,
  toPosition,
  type Position,
} from './event-position.ts'
import type { Prunable } from './host/prune.ts'
import type { Store } from './store/store.ts'

// How many events are read at once.
const eventsMax = 500
const day_ms = 24 * 60 * 60 * 1000

/** A table of events, each written in the commit that it tells of. */
type LogTable = SQLiteTable & Record<'id' | 'transaction' | 'happened', SQLiteColumn>

/** What a query of the next events ends with. */
export interface LogPage {
  where: SQL
  orderBy: SQLiteColumn[]
  limit: number
}

interface Loading<Found> {
  load: (page: LogPage) => Promise<Found[]>
  eventOf: (found: Found) => { transaction: number; id: number }
}

/** Reads a log in the order of its commits, for who tells of it. */
export function createLogReader(store: Store, events: LogTable) {
  const order = createLogOrder(store, events)

  /**
   * @param after from the last answer; without one, or when it is of another history, all there is
   * @returns at most 500 events, and the `after` of what happens later
   */
  return async function readAfter<Found>(
    after: string | undefined,
    { load, eventOf }: Loading<Found>,
  ): Promise<{ found: Found[]; next: string }> {
    const { epoch } = await readEpoch(store)
    const at = readStart(after, epoch)
    const page = { where: order.isAfter(at), orderBy: order.columns, limit: eventsMax }
    const found = await load(page)
    const last = found.at(-1)
    return { found, next: toEventId(epoch, last ? toPosition(eventOf(last)) : at) }
  }
}

/** Where to read on: from the start when the reader was nowhere, or in another history. */
export function readStart(after: string | undefined, epoch: string): Position {
  const given = after === undefined ? undefined : readEventId(after)
  return given?.epoch === epoch ? given : origin
}

/** An event for who reads several logs: a restored backup counts on from an earlier id. */
export function toSourceId({ id, happened }: { id: number; happened: number }): string {
  return `${id}@${happened}`
}

/** Events past their time. */
export function prunableLog(
  name: string,
  events: LogTable,
  { changesDays }: { changesDays: number },
): Prunable {
  return {
    name,
    table: events,
    key: events.id,
    since: events.happened,
    // How long a reader can be away and still go on where it was.
    keepFor_ms: changesDays * day_ms,
    order: events.id,
    // Never the newest: the next id continues from it.
    mayGo: sql`${events.id} < (SELECT max(id) FROM ${events})`,
  }
}
