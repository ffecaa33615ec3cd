import { Type } from '@sinclair/typebox'
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
import type { Config } from './host/config.ts'
import type { Prunable } from './host/prune.ts'
import type { Store } from '@campus/store/store.ts'
import { day_ms } from './duration.ts'

// Events per page.
const eventsMax = 500

/** A table of events, each written in the commit of its change. */
type LogTable = SQLiteTable & Record<'id' | 'transaction' | 'happened', SQLiteColumn>

/** The end of the query for the next events. */
export interface LogPage {
  where: SQL
  orderBy: SQLiteColumn[]
  limit: number
}

/** The query parameter of a route that reads a log. */
export const logQuery = {
  after: Type.Optional(
    Type.String({ maxLength: 60, description: 'The `next` of the last response' }),
  ),
}

interface Loading<Found> {
  load: (page: LogPage) => Promise<Found[]>
  eventOf: (found: Found) => { transaction: number; id: number }
}

/** Reads a log in commit order, for the service that notifies. */
export function createLogReader(store: Store, events: LogTable) {
  const order = createLogOrder(store, events)

  /**
   * @param after from the last response; without it, or from another history, from the start
   * @returns at most 500 events, and `after` for the next call
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

/** Where to resume: at the start for a new reader, or one from another history. */
export function readStart(after: string | undefined, epoch: string): Position {
  const given = after === undefined ? undefined : readEventId(after)
  return given?.epoch === epoch ? given : origin
}

/** An event's id across several logs and restores: a restored backup reuses ids. */
export function toSourceId({ id, happened }: { id: number; happened: number }): string {
  return `${id}@${happened}`
}

/** Expired events. */
export function prunableLog(
  name: string,
  events: LogTable,
  { CHANGES_DAYS }: Pick<Config, 'CHANGES_DAYS'>,
): Prunable {
  return {
    name,
    table: events,
    key: events.id,
    since: events.happened,
    // How long a reader can be away and still resume.
    keepFor_ms: CHANGES_DAYS * day_ms,
    order: events.id,
    // Never the newest: the next id continues from it.
    mayGo: sql`${events.id} < (SELECT max(id) FROM ${events})`,
  }
}
