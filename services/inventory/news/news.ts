import { and, eq, inArray, isNotNull, not, or, sql } from 'drizzle-orm'
import { readStart, toSourceId } from '../../../shared/event-log.ts'
import {
  createLogOrder,
  isBefore,
  readEpoch,
  toEventId,
  toPosition,
  type Position,
} from '../../../shared/event-position.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { InventoryEvents, InventoryNews } from '../../../shared/schemas/inventory-event.ts'
import type { Store } from '@campus/store/store.ts'
import { shownSpan } from '../buffers.ts'
import { rowsMax, type EventLog } from '../event-log.ts'
import type { InventoryTables, ResourceRow, VersionRow, WaitlistRow } from '../tables.ts'
import { ownerOf } from '../waitlist/to-entry.ts'

type EventRow = InventoryTables['events']['$inferSelect']

// A few milliseconds of the database.
const eventsAtOnce = 20_000

interface Found {
  event: EventRow
  resource: ResourceRow
  former: VersionRow | null
  won: WaitlistRow | null
}

/**
 * The events that people are notified of: resources, served waiting entries, and bookings that
 * others moved or released. A service notifies of its own bookings itself.
 */
export function createNews(store: Store, tables: InventoryTables, log: EventLog) {
  const { events, resources, allocation_versions: former, waitlist } = tables
  const order = createLogOrder(store, events)

  /**
   * @param after from another history: starts at the beginning. Continues after events that concern
   *   nobody.
   */
  async function listAfter(after: string | undefined): Promise<InventoryEvents> {
    const [{ epoch }, last] = await Promise.all([readEpoch(store), log.readLast()])
    const at = readStart(after, epoch)
    if (!isBefore(at, last)) return { events: [], next: toEventId(epoch, at) }
    const until = await findEnd(at, last)
    const isWon = and(
      eq(events.kind, 'allocation.created'),
      eq(waitlist.id, events.allocation_id),
      isNotNull(waitlist.served_from),
    )
    const isOwn = sql`${former.created_by} LIKE 'service:%'`
    const isReported = or(
      sql`${events.kind} LIKE 'resource.%'`,
      isNotNull(waitlist.id),
      and(inArray(former.change, ['moved', 'changed', 'released']), not(isOwn)),
    )
    const rows: Found[] = await store.db
      .select({ event: events, resource: resources, former, won: waitlist })
      .from(events)
      .innerJoin(resources, eq(resources.number, events.resource_number))
      .leftJoin(former, eq(former.number, events.former))
      .leftJoin(waitlist, isWon)
      .where(and(order.isAfter(at), order.isUpTo(until), isReported))
      .orderBy(...order.columns)
      .limit(rowsMax)
    const end = rows.at(-1)
    const isMore = rows.length === rowsMax && end !== undefined
    return {
      events: rows.map(toNews),
      next: toEventId(epoch, isMore ? toPosition(end.event) : until),
    }
  }

  /** Where to read to at once, as most events concern nobody. */
  async function findEnd(at: Position, last: Position): Promise<Position> {
    const [end] = await store.db
      .select({ transaction: events.transaction, id: events.id })
      .from(events)
      .where(and(order.isAfter(at), order.isUpTo(last)))
      .orderBy(...order.columns)
      .offset(eventsAtOnce)
      .limit(1)
    return end ? toPosition(end) : last
  }

  return { listAfter }
}

export type News = ReturnType<typeof createNews>

function toNews({ event, resource, former, won }: Found): InventoryEvents['events'][number] {
  const { kind, happened } = event
  const about = {
    resource_type: resource.resource_type,
    resource_id: resource.id,
    resource_name: resource.name,
  }
  const describe = (): [string, Pick<InventoryNews, 'by' | 'allocation' | 'was'>] => {
    if (won) return ['waitlist.won', { by: null, allocation: toWon(won), was: null }]
    if (!former) return [kind, { by: event.signed_by, allocation: null, was: null }]
    return [`allocation.${former.change}`, toMoved(event, former, resource)]
  }
  const [name, news] = describe()
  return {
    id: toSourceId(event),
    kind: name,
    subject: event.allocation_id ?? resource.id,
    happened: toInstant(happened) ?? '',
    data: { ...about, ...news },
  }
}

function toWon(won: WaitlistRow): InventoryNews['allocation'] {
  const { id, description, reference, created_by, served_from, hold_seconds, closed } = won
  const from = served_from ?? won.earliest
  return {
    id,
    description,
    reference,
    booked_for: ownerOf(won),
    created_by,
    from: toInstant(from),
    to: toInstant(from + won.latest - won.latest_start),
    held_until:
      hold_seconds === null || closed === null ? null : toInstant(closed + hold_seconds * 1000),
  }
}

function toMoved(event: EventRow, former: VersionRow, { id: resource_id }: ResourceRow) {
  const { description, reference, created_by, booked_for, held_until, changed_by } = former
  const before = shownSpan(former)
  const now = shownSpan({
    ...event,
    from_datetime: event.from_datetime ?? -Infinity,
    to_datetime: event.to_datetime ?? Infinity,
  })
  return {
    by: changed_by,
    allocation: {
      id: former.allocation_id,
      description,
      reference,
      booked_for: booked_for ?? created_by,
      created_by,
      from: toInstant(now.from),
      to: toInstant(now.to),
      held_until: toInstant(held_until ?? Infinity),
    },
    was: { from: toInstant(before.from), to: toInstant(before.to), resource_id },
  }
}
