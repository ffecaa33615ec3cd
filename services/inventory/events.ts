import { sql } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import type { Prunable } from '../../shared/prune.ts'
import type { InventoryTables } from './tables.ts'

/** Where a reader is: events are in the order of their transactions' commits, then ids. */
export interface Position {
  transaction: number
  id: number
}

export interface InventoryEvent extends Position {
  kind: string
  resource_type: string
  resource_id: string
  data: Record<string, unknown>
}

// One look at the database feeds every listener of this process.
const pollEvery_ms = 250
const rowsMax = 500
// What a listener who comes back may have missed. Later he has to read everything again.
const keepFor_ms = 24 * 60 * 60 * 1000

/**
 * What happened to resources and allocations, from the rows that triggers write in the same commit:
 * complete, the same on every replica, and true for changes made by hand as well.
 */
export function createEvents(
  { store }: Pick<Context, 'store'>,
  { events, resources }: InventoryTables,
) {
  const listeners = new Set<(batch: InventoryEvent[]) => void>()
  let position: Position = { transaction: 0, id: 0 }
  let polling = false

  async function readAfter(after: Position): Promise<InventoryEvent[]> {
    const rows = await store.db
      .select({ event: events, resource: resources })
      .from(events)
      .innerJoin(resources, sql`${resources.number} = ${events.resource_number}`)
      .where(
        sql`(${events.transaction}, ${events.id}) > (${after.transaction}, ${after.id})
          AND ${events.transaction} < ${store.horizon}`,
      )
      .orderBy(events.transaction, events.id)
      .limit(rowsMax)
    return rows.map(toEvent)
  }

  async function readLast(): Promise<Position> {
    const [last] = await store.db
      .select({ transaction: events.transaction, id: events.id })
      .from(events)
      .where(sql`${events.transaction} < ${store.horizon}`)
      .orderBy(sql`${events.transaction} DESC, ${events.id} DESC`)
      .limit(1)
    return toPosition(last)
  }

  async function poll() {
    while (listeners.size > 0) {
      const batch = await readAfter(position).catch(() => []) // away; asked again in a moment
      position = batch.at(-1) ?? position
      if (batch.length > 0) for (const listener of listeners) listener(batch)
      // Between full batches as well the loop gets a turn, in which readers take what there is.
      await Bun.sleep(batch.length < rowsMax ? pollEvery_ms : 0)
    }
    polling = false
  }

  /**
   * Hands over all events after a position, first those that happened already, until `stop`.
   * @param after undefined: from now on
   */
  async function listen(
    after: Position | undefined,
    listener: (batch: InventoryEvent[]) => void,
  ): Promise<() => void> {
    let at = after ?? (await readLast())
    let stopped = false
    const live = (batch: InventoryEvent[]) => {
      const news = batch.filter((event) => isBefore(at, event))
      if (news.length > 0) listener(news)
    }

    async function start() {
      if (listeners.size === 0) position = await readLast()
      while (!stopped && isBefore(at, position)) {
        const batch = await readAfter(at)
        if (batch.length === 0) break
        at = batch.at(-1) ?? at
        listener(batch)
        await Bun.sleep(0) // so that the reader can take it
      }
      if (stopped) return
      listeners.add(live)
      if (!polling) void poll()
      polling = true
    }

    // Not waited for: the answer begins meanwhile. What fails is tried again from where it was.
    const startAgain = (): void => {
      start().catch(() => void (stopped || setTimeout(startAgain, pollEvery_ms)))
    }
    startAgain()
    return () => {
      stopped = true
      listeners.delete(live)
    }
  }

  const prunable: Prunable = {
    name: 'events',
    table: events,
    key: events.id,
    since: events.happened,
    keepFor_ms,
    order: events.id,
    // Never the newest: ids count on from it.
    mayGo: sql`${events.id} < (SELECT max(id) FROM ${events})`,
  }

  return { listen, prunable }
}

function toEvent({
  event,
  resource,
}: {
  event: InventoryTables['events']['$inferSelect']
  resource: InventoryTables['resources']['$inferSelect']
}): InventoryEvent {
  const { id: resource_id, resource_type } = resource
  const span = event.allocation_id !== null && {
    allocation_id: event.allocation_id,
    from_datetime: toInstant(event.from_datetime ?? -Infinity),
    to_datetime: toInstant(event.to_datetime ?? Infinity),
  }
  const happened = toInstant(event.happened)
  return {
    ...toPosition(event),
    kind: event.kind,
    resource_type,
    resource_id,
    data: { resource_type, resource_id, ...span, happened },
  }
}

// PostgreSQL's driver gives its 8-byte integers as text.
function toPosition(row: { transaction: number; id: number } | undefined): Position {
  return { transaction: Number(row?.transaction ?? 0), id: Number(row?.id ?? 0) }
}

function isBefore(a: Position, b: Position): boolean {
  return a.transaction < b.transaction || (a.transaction === b.transaction && a.id < b.id)
}
