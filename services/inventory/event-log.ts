import { asc, desc, sql } from 'drizzle-orm'
import {
  createLogOrder,
  isBefore,
  readEpoch,
  readEventId,
  toPosition,
  type Position,
} from '../../shared/event-position.ts'
import { toInstant } from '../../shared/instant.ts'
import type { Store } from '@campus/store/store.ts'
import { shownSpan } from './buffers.ts'
import { toSpan } from './span.ts'
import type { InventoryTables } from './tables.ts'

export interface InventoryEvent extends Position {
  kind: string
  resource_type: string
  resource_id: string
  /** Who sees its resource now. */
  visible_to: string | null
  data: Record<string, unknown>
}

export interface Start {
  /** The history that positions belong to; restoring a backup starts a new one. */
  epoch: string
  at: Position
  /** The reader missed events that are no longer stored, and must reload everything. */
  isReset: boolean
}

/** Events per read. */
export const rowsMax = 500

/**
 * The events of resources and allocations, from rows that triggers write in the same commit:
 * complete, the same on every replica, and also for changes made by hand.
 */
export function createEventLog(store: Store, tables: InventoryTables) {
  const { events, resources } = tables
  const order = createLogOrder(store, events)

  async function readAfter(after: Position): Promise<InventoryEvent[]> {
    const rows = await store.db
      .select({ event: events, resource: resources })
      .from(events)
      .innerJoin(resources, sql`${resources.number} = ${events.resource_number}`)
      .where(order.isAfter(after))
      .orderBy(...order.columns)
      .limit(rowsMax)
    return rows.map(toEvent)
  }

  async function readFirst(direction: typeof asc): Promise<Position> {
    const [first] = await store.db
      .select({ transaction: events.transaction, id: events.id })
      .from(events)
      .where(order.isFinal)
      .orderBy(...order.columns.map((column) => direction(column)))
      .limit(1)
    return toPosition(first)
  }

  const readLast = () => readFirst(desc)

  /**
   * The position where a reader resumes.
   * @param lastEventId the last event seen, as written by `toEventId`; undefined: from now on
   */
  async function findStart(lastEventId: string | undefined): Promise<Start> {
    const [last, { epoch, isFirst }] = await Promise.all([readLast(), readEpoch(store)])
    if (!lastEventId) return { epoch, at: last, isReset: false }
    const given = readEventId(lastEventId)
    // Positions from before epochs existed.
    const isOurs = given && (given.epoch === undefined ? isFirst : given.epoch === epoch)
    if (!isOurs || isBefore(last, given)) return { epoch, at: last, isReset: true }
    const oldest = await readFirst(asc)
    // Old events are pruned, unless the first event ever is still there.
    const isForgotten = isBefore(given, oldest) && oldest.id > 1
    return { epoch, at: isForgotten ? last : given, isReset: isForgotten }
  }

  return { readAfter, readLast, findStart }
}

export type EventLog = ReturnType<typeof createEventLog>

function toEvent({
  event,
  resource,
}: {
  event: InventoryTables['events']['$inferSelect']
  resource: InventoryTables['resources']['$inferSelect']
}): InventoryEvent {
  const { id: resource_id, resource_type, visible_to } = resource
  const { allocation_id, from_datetime, to_datetime } = event
  const bounds = {
    ...event,
    from_datetime: from_datetime ?? -Infinity,
    to_datetime: to_datetime ?? Infinity,
  }
  const span = allocation_id !== null && { allocation_id, ...toSpan(shownSpan(bounds)) }
  const happened = toInstant(event.happened)
  return {
    ...toPosition(event),
    kind: event.kind,
    resource_type,
    resource_id,
    visible_to,
    data: { resource_type, resource_id, ...span, happened },
  }
}
