import { prunableLog } from '../../shared/event-log.ts'
import { isBefore, type Position } from '../../shared/event-position.ts'
import type { Config } from '../../shared/host/config.ts'
import type { Prunable } from '../../shared/host/prune.ts'
import { rowsMax, type EventLog, type InventoryEvent } from './event-log.ts'
import {
  writeBulletin,
  writePosition,
  writeReset,
  type EventFilter,
  type Reading,
} from './event-text.ts'
import type { Sink } from '../../shared/event-stream.ts'
import type { InventoryTables } from './tables.ts'
import type { Viewer } from './visibility.ts'

export interface Following {
  filter: EventFilter
  viewer: Viewer
  /** The id of the last event seen; undefined: from now on. */
  lastEventId: string | undefined
  sink: Sink
}

export interface FollowedLog extends Pick<EventLog, 'readLast' | 'findStart'> {
  /** At most `rowsMax`, in order. */
  readAfter: (after: Position) => Promise<InventoryEvent[]>
}

interface Follower extends Reading {
  sink: Sink
}

// One poll of the database feeds every follower of this process.
const pollEvery_ms = 250

/** Live events of a log, for any number of followers. */
export function createEvents({ readAfter, readLast, findStart }: FollowedLog) {
  const followers = new Set<Follower>()
  let position: Position = { transaction: 0, id: 0 }
  let epoch = ''
  let polling = false

  async function poll() {
    while (followers.size > 0) {
      const batch = await readAfter(position).catch(() => []) // database down; retried shortly
      position = batch.at(-1) ?? position
      if (batch.length > 0) {
        const bulletin = writeBulletin(epoch, batch)
        for (const { sink, ...reading } of followers) sink.send(bulletin(reading))
      }
      // Yields between full batches too, so that readers can receive.
      await Bun.sleep(batch.length < rowsMax ? pollEvery_ms : 0)
    }
    polling = false
  }

  /**
   * Sends all events after the last one seen, past ones first, until the returned function is
   * called. A `reset` comes first when some of them are missing.
   */
  async function follow({ lastEventId, sink, ...reader }: Following): Promise<() => void> {
    const start = await findStart(lastEventId)
    epoch = start.epoch
    const follower: Follower = { ...reader, at: start.at, sink }
    let stopped = false
    sink.send(start.isReset ? writeReset(start) : writePosition(start))

    async function catchUp() {
      if (followers.size === 0) position = await readLast()
      while (!stopped && isBefore(follower.at, position)) {
        const batch = await readAfter(follower.at)
        if (batch.length === 0) break
        sink.send(writeBulletin(epoch, batch)(follower))
        follower.at = batch.at(-1) ?? follower.at
        await sink.whenTaken()
      }
      if (stopped) return
      followers.add(follower)
      if (!polling) void poll()
      polling = true
    }

    // Not awaited: the response starts meanwhile. Failures are retried from the same position.
    const catchUpAgain = (): void => {
      catchUp().catch(() => void (stopped || setTimeout(catchUpAgain, pollEvery_ms)))
    }
    catchUpAgain()
    return () => {
      stopped = true
      followers.delete(follower)
    }
  }

  return { follow }
}

/** Expired events. */
export function prunableEvents(
  config: Pick<Config, 'CHANGES_DAYS'>,
  { events }: InventoryTables,
): Prunable {
  return prunableLog('events', events, config)
}
