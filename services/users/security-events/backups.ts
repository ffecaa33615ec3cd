import { and, desc, eq } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { usersTables } from '../tables.ts'

const kind = 'backup_made'
const actor = 'system'

/** A complete backup is a security event: written by `bun run backup`, read by the metrics. */
export function createBackupEvents(store: Store) {
  const { securityEvents: events } = usersTables(store.columns)

  async function record(folder: string): Promise<void> {
    const [id, at, detail] = [Bun.randomUUIDv7(), Date.now(), JSON.stringify({ folder })]
    await store.db.insert(events).values({ id, at, until: at, count: 1, kind, actor, detail })
  }

  /** When the newest one was made, in seconds since 1970; 0 when there is none. */
  async function newest_s(): Promise<number> {
    const [newest] = await store.db
      .select({ at: events.at })
      .from(events)
      .where(and(eq(events.actor, actor), eq(events.kind, kind)))
      .orderBy(desc(events.at))
      .limit(1)
    return (newest?.at ?? 0) / 1000
  }

  return { record, newest_s }
}
