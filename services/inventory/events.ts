import { sql } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import type { Prunable } from '../../shared/host/prune.ts'
import { createEventLog, isBefore, rowsMax, type Position } from './event-log.ts'
import { writeBulletin, writeReset, type EventFilter } from './event-text.ts'
import type { Sink } from './event-stream.ts'
import type { InventoryTables } from './tables.ts'

export interface Following {
  filter: EventFilter
  /** The id of the event that was seen last; nothing: from now on. */
  lastEventId: string | undefined
  sink: Sink
}

interface Follower extends Pick<Following, 'filter' | 'sink'> {
  at: Position
}

// One look at the database feeds every follower of this process.
const pollEvery_ms = 250
// What a follower who comes back may have missed. Later he has to read everything again.
const keepFor_ms = 24 * 60 * 60 * 1000

/** What happens, as it happens, for however many who follow. */
export function createEvents({ store }: Pick<Context, 'store'>, tables: InventoryTables) {
  const { readAfter, readLast, findStart } = createEventLog(store, tables)
  const followers = new Set<Follower>()
  let position: Position = { transaction: 0, id: 0 }
  let epoch = ''
  let polling = false

  async function poll() {
    while (followers.size > 0) {
      const batch = await readAfter(position).catch(() => []) // away; asked again in a moment
      position = batch.at(-1) ?? position
      if (batch.length > 0) {
        const bulletin = writeBulletin(epoch, batch)
        for (const { filter, at, sink } of followers) sink.send(bulletin(filter, at))
      }
      // Between full batches as well the loop gets a turn, in which readers take what there is.
      await Bun.sleep(batch.length < rowsMax ? pollEvery_ms : 0)
    }
    polling = false
  }

  /**
   * Hands over all events after the one that was seen last, first those that happened already,
   * until what it returns is called. A `reset` comes first when some of them are not to be had.
   */
  async function follow({ filter, lastEventId, sink }: Following): Promise<() => void> {
    const start = await findStart(lastEventId)
    epoch = start.epoch
    const follower: Follower = { filter, at: start.at, sink }
    let stopped = false
    if (start.isReset) sink.send(writeReset(start))

    async function catchUp() {
      if (followers.size === 0) position = await readLast()
      while (!stopped && isBefore(follower.at, position)) {
        const batch = await readAfter(follower.at)
        if (batch.length === 0) break
        sink.send(writeBulletin(epoch, batch)(filter, follower.at))
        follower.at = batch.at(-1) ?? follower.at
        await sink.whenTaken()
      }
      if (stopped) return
      followers.add(follower)
      if (!polling) void poll()
      polling = true
    }

    // Not waited for: the answer begins meanwhile. What fails is tried again from where it was.
    const catchUpAgain = (): void => {
      catchUp().catch(() => void (stopped || setTimeout(catchUpAgain, pollEvery_ms)))
    }
    catchUpAgain()
    return () => {
      stopped = true
      followers.delete(follower)
    }
  }

  const prunable: Prunable = {
    name: 'events',
    table: tables.events,
    key: tables.events.id,
    since: tables.events.happened,
    keepFor_ms,
    order: tables.events.id,
    // Never the newest: ids count on from it.
    mayGo: sql`${tables.events.id} < (SELECT max(id) FROM ${tables.events})`,
  }

  return { follow, prunable }
}
