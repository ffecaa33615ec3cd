import { sql } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { SecurityEvent, SecurityFields } from '../../../shared/host/security-log.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { UsersTables } from '../tables.ts'

// What is the same within a minute is one row that counts: a flood of failed logins fills no disk.
const window_ms = 60_000
// Each actor has so many rows in a window, and strangers are one actor. What is more is counted in
// one row for each kind, which no longer says about whom.
const rowsPerActorMax = 20
// While the database is away. The log has them all.
const waitingMax = 5000
const rowsAtOnce = 100
// Nobody who logs in waits for a write. What is rare is written at once, the rest within 2 s.
const frequent: ReadonlySet<SecurityEvent> = new Set([
  'login',
  'login_failed',
  'login_locked',
  'login_ended',
  'password_wrong',
  'second_factor_wrong',
  'passkey_refused',
  'sign_in_refused',
])

type Row = UsersTables['securityEvents']['$inferSelect']
type About = Pick<Row, 'user_id' | 'detail' | 'request_id'>

const several: About = { user_id: null, detail: null, request_id: null }

/** Keeps security events, counted, and writes them a moment later. */
export function createRecorder(
  { store, clock, id: newId, stopping }: Pick<Context, 'store' | 'clock' | 'id' | 'stopping'>,
  { securityEvents }: UsersTables,
) {
  let windowAt = -Infinity
  let rows = new Map<string, Row>()
  let rowsOf = new Map<string, number>()
  let waiting = new Set<Row>()
  let writing = Promise.resolve()

  function startWindow(now: number): void {
    if (now >= windowAt && now < windowAt + window_ms) return
    windowAt = now
    rows = new Map()
    rowsOf = new Map()
  }

  function record(kind: SecurityEvent, fields: SecurityFields): void {
    const now = clock()
    startWindow(now)
    const { actor } = fields
    const row = findRow({ kind, actor, ...toAbout(fields) }, now)
    row.count++
    row.until = now
    if (waiting.size < waitingMax) waiting.add(row)
    // Without its task, at the end, nothing else would write it.
    if (!frequent.has(kind) || stopping.aborted) void flush().catch(() => {})
  }

  function findRow(event: Pick<Row, 'kind' | 'actor'> & About, now: number): Row {
    const { kind, actor, user_id, detail } = event
    const key = JSON.stringify([kind, actor, user_id, detail])
    const known = rows.get(key)
    if (known) return known
    const count = rowsOf.get(actor) ?? 0
    const isOne = user_id === null && detail === null
    if (count >= rowsPerActorMax && !isOne) return findRow({ kind, actor, ...several }, now)
    const row = { id: newId(), at: now, until: now, count: 0, ...event }
    rowsOf.set(actor, count + 1)
    rows.set(key, row)
    return row
  }

  async function write(): Promise<void> {
    const some = [...waiting].slice(0, rowsAtOnce)
    if (some.length === 0) return
    for (const row of some) waiting.delete(row)
    const { id, count, until } = securityEvents
    const excluded = (name: string) => sql.raw(`excluded.${name}`)
    try {
      await store.db
        .insert(securityEvents)
        // Counting goes on meanwhile.
        .values(some.map((row) => ({ ...row })))
        .onConflictDoUpdate({
          target: id,
          set: { count: excluded(count.name), until: excluded(until.name) },
        })
    } catch (error) {
      for (const row of some) waiting.add(row)
      throw error
    }
    await write()
  }

  /** Writes what waits. @throws when the database is away; it waits on */
  function flush(): Promise<void> {
    const mine = writing.then(write)
    writing = mine.catch(() => {})
    return mine
  }

  return { record, flush }
}

// The login is in the log, by the request; with it no two rows would be the same.
function toAbout(fields: SecurityFields): About {
  const { actor: _actor, login: _login, origin, user, ...detail } = fields
  return {
    user_id: user !== undefined && isId(user) ? user : null,
    detail: Object.keys(detail).length > 0 ? JSON.stringify(detail) : null,
    request_id: origin?.request_id ?? null,
  }
}
