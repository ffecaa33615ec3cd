import { inArray, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import {
  createLogOrder,
  origin,
  readEpoch,
  readEventId,
  toEventId,
  toPosition,
} from '../../../shared/event-position.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { FileEvents } from '../../../shared/schemas/file-event.ts'
import type { FileHandOver } from '../../../shared/schemas/leaving.ts'
import type { FilesTables } from '../tables.ts'

const rowsMax = 500
const day_ms = 24 * 60 * 60 * 1000
// As inventory calls whoever had an account that was removed.
const removed = 'removed'

/** Who got files of somebody else. */
export function createFileEvents(
  { store, config }: Pick<Context, 'store' | 'config'>,
  { files, file_events: events }: FilesTables,
) {
  const order = createLogOrder(store, events)

  /** A statement of the commit that gives them, before that of its records. */
  function add({ from, to, by }: FileHandOver, which: SQL | undefined): SQL {
    return sql`INSERT INTO file_events (owner, former_owner, by_user, file_hash, file_name, files)
      SELECT ${to}, ${from}, ${by}, min(file_hash),
        (SELECT file_name FROM ${files} WHERE ${which} ORDER BY file_hash LIMIT 1), count(*)
      FROM ${files} WHERE ${which} HAVING count(*) > 0`
  }

  /** @param after of another history, or none: all there is */
  async function listAfter(after: string | undefined): Promise<FileEvents> {
    const { epoch } = await readEpoch(store)
    const given = after === undefined ? undefined : readEventId(after)
    const at = given?.epoch === epoch ? given : origin
    const rows = await store.db
      .select()
      .from(events)
      .where(order.isAfter(at))
      .orderBy(...order.columns)
      .limit(rowsMax)
    const last = rows.at(-1)
    return {
      events: rows.map((row) => ({
        id: `${row.id}@${row.happened}`,
        kind: 'file.received',
        file_hash: row.file_hash,
        happened: toInstant(row.happened) ?? '',
        data: {
          file_name: row.file_name,
          count: row.files,
          owner: row.owner,
          former_owner: row.former_owner,
          by: row.by_user,
        },
      })),
      next: toEventId(epoch, last ? toPosition(last) : at),
    }
  }

  async function forget(userIds: string[]): Promise<void> {
    // No row goes: the next id continues from the newest.
    for (const column of ['owner', 'former_owner', 'by_user'] as const) {
      const isTheirs = inArray(events[column], userIds)
      await store.db
        .update(events)
        .set({ [column]: removed })
        .where(isTheirs)
    }
  }

  const prunable: Prunable = {
    name: 'file events',
    table: events,
    key: events.id,
    since: events.happened,
    keepFor_ms: config.changesDays * day_ms,
    order: events.id,
    // Never the newest: the next id continues from it.
    mayGo: sql`${events.id} < (SELECT max(id) FROM ${events})`,
  }

  return { add, listAfter, forget, prunable }
}

export type FileEventLog = ReturnType<typeof createFileEvents>
