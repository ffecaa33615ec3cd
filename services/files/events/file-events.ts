import { inArray, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { createLogReader, prunableLog, toSourceId } from '../../../shared/event-log.ts'
import { toInstant } from '../../../shared/instant.ts'
import type { FileEvents } from '../../../shared/schemas/file-event.ts'
import type { FileHandOver } from '../../../shared/schemas/leaving.ts'
import { removed } from '../../../shared/removed.ts'
import type { FilesTables } from '../tables.ts'

/** Events of files handed over. */
export function createFileEvents(
  { store, config }: Pick<Context, 'store' | 'config'>,
  { files, file_events: events }: FilesTables,
) {
  const readAfter = createLogReader(store, events)

  /** A statement for the commit that hands files over, before the one that moves the records. */
  function add({ from, to, by }: FileHandOver, which: SQL | undefined): SQL {
    return sql`INSERT INTO file_events (owner, former_owner, by_user, file_hash, file_name, files)
      SELECT ${to}, ${from}, ${by}, min(file_hash),
        (SELECT file_name FROM ${files} WHERE ${which} ORDER BY file_hash LIMIT 1), count(*)
      FROM ${files} WHERE ${which} HAVING count(*) > 0`
  }

  /** @param after missing or from another history: starts with the oldest */
  async function listAfter(after: string | undefined): Promise<FileEvents> {
    const { found, next } = await readAfter(after, {
      load: ({ where, orderBy, limit }) =>
        store.db
          .select()
          .from(events)
          .where(where)
          .orderBy(...orderBy)
          .limit(limit),
      eventOf: (row) => row,
    })
    return {
      events: found.map((row) => ({
        id: toSourceId(row),
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
      next,
    }
  }

  async function forget(userIds: string[]): Promise<void> {
    // Rows are kept: the next id continues from the newest.
    for (const column of ['owner', 'former_owner', 'by_user'] as const) {
      const isTheirs = inArray(events[column], userIds)
      await store.db
        .update(events)
        .set({ [column]: removed })
        .where(isTheirs)
    }
  }

  const prunable = prunableLog('file events', events, config)

  return { add, listAfter, forget, prunable }
}

export type FileEventLog = ReturnType<typeof createFileEvents>
