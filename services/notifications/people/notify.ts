import { and, count, eq, inArray, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { Recipient } from '../../../shared/schemas/recipient.ts'
import { readClock } from '@campus/store/clock.ts'
import type { NotificationRow } from '../inbox/tables.ts'
import { createJournalReader, journalStart, toPlace, type Place } from '../journal/reader.ts'
import type { JournalRow } from '../journal/tables.ts'
import { readEndOfUse } from '../mail/obsolete.ts'
import type { MailRow } from '../mail/tables.ts'
import { planMail } from '../preferences/plan-mail.ts'
import type { Preferences } from '../preferences/preferences.ts'
import type { NotificationsTables } from '../tables.ts'
import type { Asked, Directory } from './directory.ts'
import { readEntry, type Entry } from './entry.ts'
import { day_ms } from '../../../shared/duration.ts'

interface Dependencies {
  preferences: Preferences
  directory: Directory
  /** Whether this system sends mail. */
  sendsMail: boolean
}

/** A user's notification, and the mail that it is sent with. */
interface Notice {
  notification: NotificationRow
  mail: MailRow | undefined
}

/** A notification to write, and whether it is one of many. */
interface Draft {
  entry: Entry
  resources: string[]
  person: Recipient
  isCrowded: boolean
  isOld: boolean
}

const reader = 'people'
// Beyond that many waiting mails, further ones are combined.
const crowd = 10
// After an outage or restore, older events go to the inbox only.
const newsFor_ms = day_ms
// Most of them concern nobody but who did it.
const entriesAtOnce = 400
const batchesAtOnce = 200
const rowsAtOnce = 100

/**
 * Notifies people of journal entries, in order. Notifications and position are one commit: a crash
 * notifies nobody twice, and of two processes one succeeds.
 */
export function createNotifier(
  { store, clock, id, log }: Context,
  tables: NotificationsTables,
  { preferences, directory, sendsMail }: Dependencies,
) {
  const { journal_readers: readers, notifications, mails } = tables
  const { readAfter } = createJournalReader({ store }, tables)

  /** @throws while a service is unavailable; the next run continues from there */
  async function notify(): Promise<void> {
    for (let batch = 0; batch < batchesAtOnce; batch++) {
      const at = await readPlace()
      const rows = await readAfter(at, entriesAtOnce)
      const last = rows.at(-1)
      if (!last) return
      const notices = await decide(rows.flatMap((row) => read(row) ?? []))
      if (!(await keep(notices, { at, next: toPlace(last) }))) return
      if (rows.length < entriesAtOnce) return
    }
  }

  /** An unreadable entry, written by hand, blocks nothing. */
  function read(row: JournalRow): Entry | undefined {
    try {
      return readEntry(row)
    } catch (error) {
      const { position, type } = row
      log.error('an entry of the journal cannot be read', { position, type, error: String(error) })
      return undefined
    }
  }

  async function readPlace(): Promise<Place> {
    const [row] = await store.db.select().from(readers).where(eq(readers.reader, reader))
    return row ? toPlace(row) : journalStart
  }

  async function decide(entries: Entry[]): Promise<Notice[]> {
    if (entries.length === 0) return []
    const forDeciders = entries.filter(({ reaches }) => reaches === 'deciders')
    const isForAdministrators = entries.some(reachesAdministrators)
    const [people, deciders, names, administrators, now] = await Promise.all([
      directory.findPeople(entries.flatMap(({ hearers }) => hearers)),
      directory.findDeciders(forDeciders.map(toAsked)),
      directory.nameResources(entries.flatMap(({ resources }) => resources)),
      isForAdministrators ? directory.findAdministrators() : [],
      readClock(store),
    ])
    const ofEntry = new Map(forDeciders.map((entry, at) => [entry, deciders[at]]))
    const hearersOf = (entry: Entry): Recipient[] =>
      ofEntry.get(entry) ?? entry.hearers.flatMap((one) => people.get(one) ?? [])
    const othersOf = (entry: Entry) =>
      reachesAdministrators(entry)
        ? administrators.filter(({ user_id }) => !entry.hearers.includes(user_id))
        : []
    const all = entries.map((entry) => {
      return { entry, hearers: [...hearersOf(entry), ...othersOf(entry)] }
    })
    const ids = all.flatMap(({ hearers }) => hearers.map(({ user_id }) => user_id))
    const choices = await preferences.find([...new Set(ids)])
    const mailed = await countWaiting([...new Set(ids)])
    return all.flatMap(({ entry, hearers }) => {
      const resources = entry.resources.flatMap((one) => names.get(one) ?? [])
      const isOld = entry.row.happened < now - newsFor_ms
      return hearers.flatMap((person) => {
        const { user_id } = person
        const isCrowded = (mailed.get(user_id) ?? 0) >= crowd
        const notice = toNotice({ entry, resources, person, isCrowded, isOld }, choices)
        if (notice?.mail) mailed.set(user_id, (mailed.get(user_id) ?? 0) + 1)
        return notice ?? []
      })
    })
  }

  /** How many mails each user is still to get. */
  async function countWaiting(ids: string[]): Promise<Map<string, number>> {
    if (ids.length === 0) return new Map()
    const rows = await store.db
      .select({ user_id: mails.user_id, waiting: count() })
      .from(mails)
      .where(inArray(mails.user_id, ids))
      .groupBy(mails.user_id)
    return new Map(rows.map(({ user_id, waiting }) => [user_id, Number(waiting)]))
  }

  function toNotice(
    { entry, resources, person, isCrowded, isOld }: Draft,
    choices: Awaited<ReturnType<Preferences['find']>>,
  ): Notice | undefined {
    const chosen = choices(person.user_id)
    // What nobody can choose is in the inbox only.
    const channel = chosen.effective.kinds[entry.kind] ?? 'inbox'
    if (channel === 'off') return undefined
    const now = clock()
    const hasAddress = person.email !== null && chosen.refusedAddress !== person.email
    const { former } = entry
    const data = person.user_id === former?.id ? former.data : entry.data
    const endOfUse_ms = readEndOfUse(entry.kind, data)
    const plan =
      sendsMail && hasAddress && !isOld
        ? planMail(channel, chosen.effective, { now_ms: now, endOfUse_ms, isCrowded })
        : undefined
    const { user_id } = person
    const notification: NotificationRow = {
      id: id(),
      user_id,
      kind: entry.kind,
      subject: entry.row.subject,
      data: JSON.stringify({ ...data, resources }),
      by_user: entry.by,
      for_user: entry.person,
      created: now,
      read: null,
      journal_position: entry.row.position,
      digest: plan?.digest ?? null,
    }
    const mail = plan && {
      id: id(),
      attempts: 0,
      due: plan.due,
      created: now,
      user_id,
      kind: plan.digest === null ? entry.kind : 'digest',
      notification_id: plan.digest === null ? notification.id : null,
      digest: plan.digest,
    }
    return { notification, mail }
  }

  /** @returns false if another process was faster */
  function keep(notices: Notice[], { at, next }: { at: Place; next: Place }): Promise<boolean> {
    const isIt = eq(readers.reader, reader)
    const isAt = and(eq(readers.transaction, at.transaction), eq(readers.position, at.position))
    const first = { reader, transaction: 0, position: 0 }
    return store.atomically([
      store.db.insert(readers).values(first).onConflictDoNothing().getSQL(),
      sql`SELECT reader FROM ${readers} WHERE ${isIt} ${store.rowLock}`,
      ...toStatements(notices),
      store.db.update(readers).set(next).where(and(isIt, isAt)).getSQL(),
    ])
  }

  function toStatements(notices: Notice[]): SQL[] {
    const count = Math.ceil(notices.length / rowsAtOnce)
    return Array.from({ length: count }, (_, at) => {
      const some = notices.slice(at * rowsAtOnce, (at + 1) * rowsAtOnce)
      const rows = some.map(({ notification }) => notification)
      const due = some.flatMap(({ mail }) => mail ?? [])
      return [
        store.db.insert(notifications).values(rows).onConflictDoNothing().getSQL(),
        // Users already in it have the day's mail.
        ...(due.length > 0
          ? [store.db.insert(mails).values(due).onConflictDoNothing().getSQL()]
          : []),
      ]
    }).flat()
  }

  return notify
}

function reachesAdministrators({ reaches }: Entry): boolean {
  return reaches === 'person and administrators'
}

// Several: of an event from before the upgrade, for who manages all of it.
function toAsked({ row, by, kind, resources }: Entry): Asked {
  const [damaged, ...others] = resources
  const isOne = kind === 'booking.damaged' && damaged !== undefined && others.length === 0
  return { id: row.subject, by, ...(isOne && { damaged }) }
}
