import { and, eq, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import { readInstant } from '../../../shared/instant.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import { readClock } from '@campus/store/clock.ts'
import { prepareInserts, prepareWrites } from '@campus/store/insert.ts'
import type { Filled } from '@campus/store/template.ts'
import type { NotificationsTables } from '../tables.ts'
import type { Source, SourceEvent } from './sources.ts'
import { day_ms } from '../../../shared/duration.ts'

// In one run; the next one follows within a second.
const pagesAtOnce = 100

/** A person named in an event. */
interface Named {
  user_id: string
  source: string
  id: string
}

/**
 * Reads events of services into the journal. Entries and position are one commit, and of two
 * processes that read the same, one keeps it.
 */
export function createJournal({ store, config }: Context, tables: NotificationsTables) {
  const { journal, journal_people: people, journal_sources: sources } = tables
  const keepFor_ms = config.CHANGES_DAYS * day_ms
  // Each event once.
  const insertEntries = prepareInserts(store, journal, {
    leave: ['position', 'transaction'],
    tail: sql`ON CONFLICT DO NOTHING`,
  })
  const insertPeople = prepareWrites<Named>(store, ['user_id', 'source', 'id'], namePeople)
  let beginning: number | undefined

  /** Reads all new events of a source. @throws while it is unavailable */
  async function follow(source: Source): Promise<void> {
    for (let page = 0; page < pagesAtOnce; page++) {
      const cursor = await readCursor(source.name)
      const { events, next, more } = await source.readAfter(cursor)
      if (next === cursor) return
      const since = events.length > 0 ? await readSince() : 0
      const news = events.filter(({ happened }) => (readInstant(happened) ?? 0) >= since)
      if (!(await keep(source.name, { events: news, cursor, next })) || !more) return
    }
  }

  async function readCursor(source: string): Promise<string | undefined> {
    const [row] = await store.db.select().from(sources).where(eq(sources.source, source))
    return row?.cursor
  }

  /** @returns false if another process was faster */
  async function keep(
    source: string,
    { events, cursor, next }: { events: SourceEvent[]; cursor: string | undefined; next: string },
  ): Promise<boolean> {
    const isIt = and(eq(sources.source, source), eq(sources.cursor, cursor ?? ''))
    const first = store.db.insert(sources).values({ source, cursor: '' }).onConflictDoNothing()
    return store.atomically([
      first.getSQL(),
      sql`SELECT source FROM ${sources} WHERE ${eq(sources.source, source)} ${store.rowLock}`,
      ...add(source, events),
      store.db.update(sources).set({ cursor: next }).where(isIt).getSQL(),
    ])
  }

  /** Adds events, as statements of a commit, and the people they name. */
  function add(source: string, events: SourceEvent[]): Filled[] {
    const rows = events.map(({ id, type, subject, happened, data }) => ({
      source,
      source_event: id,
      type,
      subject,
      happened: readInstant(happened) ?? 0,
      data: JSON.stringify(data),
    }))
    const named = events.flatMap(({ id, data }) =>
      listPeople(data).map((user_id) => ({ user_id, source, id })),
    )
    return [...insertEntries(rows), ...insertPeople(named)]
  }

  function namePeople(count: number): SQL {
    const named = Array.from({ length: count }, (_, row) => {
      const [user, source, event] = [0, 1, 2].map((at) => sql.placeholder(String(3 * row + at)))
      return sql`SELECT ${user} AS user_id, ${source} AS source, ${event} AS source_event`
    })
    return sql`INSERT INTO ${people} (user_id, position)
      SELECT n.user_id, j.position FROM (${sql.join(named, sql` UNION ALL `)}) AS n
      JOIN ${journal} j ON j.source = n.source AND j.source_event = n.source_event
      ON CONFLICT DO NOTHING`
  }

  /**
   * Events from before the journal existed are not news, nor are those older than it keeps, which a
   * restored source reports again.
   */
  async function readSince(): Promise<number> {
    beginning ??= await readBeginning()
    return Math.max(beginning, (await readClock(store)) - keepFor_ms)
  }

  async function readBeginning(): Promise<number> {
    const began = sql<number>`began`.mapWith(journal.happened)
    const [row] = await store.db.select({ began }).from(sql`journal_start`)
    return row?.began ?? 0
  }

  const prunable: Prunable = {
    name: 'journal',
    table: journal,
    key: journal.position,
    since: journal.happened,
    keepFor_ms,
    order: journal.position,
    mayGo: sql`${journal.position} < (SELECT max(position) FROM ${journal})`,
  }

  return { follow, add, prunable }
}

export type Journal = ReturnType<typeof createJournal>

// Fields of services' events that hold user ids.
const personFields = new Set([
  'by',
  'booked_for',
  'created_by',
  'member_id',
  'owner',
  'former_owner',
])

function listPeople(data: object): string[] {
  const own = Object.entries(data).flatMap(([field, value]): string[] => {
    if (typeof value === 'object' && value !== null) return listPeople(value)
    return personFields.has(field) && isId(value) ? [value] : []
  })
  return [...new Set(own)]
}
