import type { Context } from '../context.ts'
import { isId } from '../schemas/primitive.ts'
import { detailMax } from './security-detail.ts'
import type { SecurityEvent, SecurityFields } from './security-log.ts'
import { minute_ms } from '../duration.ts'

// Equal events within a minute are one row with a count: a flood of failed logins fills no disk.
const window_ms = minute_ms
// Rows per actor, kind and window; strangers are one actor. Further events are counted in one row,
// which no longer says about whom.
const rowsPerKindMax = 20
// The buffer while they cannot be stored. The log has them all.
const waitingMax = 5000
const rowsAtOnce = 50
// A login does not wait for a write. Rare events are written at once, the rest within 2 s.
const frequent: ReadonlySet<SecurityEvent> = new Set([
  'login',
  'login_failed',
  'login_locked',
  'login_ended',
  'password_wrong',
  'second_factor_wrong',
  'passkey_refused',
  'sign_in_refused',
  'forbidden',
])

// Each of these is always a row of its own and is always buffered, so that none is hidden among
// others. Their number is limited where they are caused.
const serious: ReadonlySet<SecurityEvent> = new Set([
  'role_changed',
  'account_disabled',
  'account_enabled',
  'account_removed',
  'password_changed',
  'password_reset',
  'password_link_created',
  'provider_created',
  'provider_changed',
  'provider_removed',
  'api_key_created',
  'api_key_revoked',
  'signing_key_rotated',
  'signing_keys_revoked',
  'invitation_created',
  'invitation_revoked',
  'invitation_renewed',
])

/** An event as stored; times are milliseconds since 1970. */
export interface SecurityRow {
  id: string
  /** The first and the last time within a minute, and how often. */
  at: number
  until: number
  count: number
  kind: string
  actor: string
  user_id: string | null
  request_id: string | null
  /** JSON. */
  detail: string | null
}
type About = Pick<SecurityRow, 'user_id' | 'detail' | 'request_id'>

export interface RecorderOptions extends Pick<Context, 'clock' | 'id' | 'stopping'> {
  /** Writes them, or their new counts. @throws when it cannot; they stay in the buffer */
  keep: (rows: SecurityRow[]) => Promise<void>
}

const several: About = { user_id: null, detail: null, request_id: null }

/** Counts security events, and stores them a moment later. */
export function createRecorder({ keep, clock, id: newId, stopping }: RecorderOptions) {
  let windowAt = -Infinity
  let rows = new Map<string, SecurityRow>()
  let rowsOf = new Map<string, number>()
  let waiting = new Set<SecurityRow>()
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
    if (waiting.size < waitingMax || serious.has(kind)) waiting.add(row)
    // At the end its task no longer runs, so nothing else would write it.
    if (!frequent.has(kind) || stopping.aborted) void flush().catch(() => {})
  }

  function findRow(event: { kind: SecurityEvent; actor: string } & About, now: number) {
    const { kind, actor, user_id, detail } = event
    const key = JSON.stringify([kind, actor, user_id, detail])
    const known = rows.get(key)
    if (known) return known
    const ofKind = JSON.stringify([kind, actor])
    const count = rowsOf.get(ofKind) ?? 0
    const isOne = user_id === null && detail === null
    const isFolded = count >= rowsPerKindMax && !isOne && !serious.has(kind)
    if (isFolded) return findRow({ kind, actor, ...several }, now)
    const row: SecurityRow = { id: newId(), at: now, until: now, count: 0, ...event }
    rowsOf.set(ofKind, count + 1)
    rows.set(key, row)
    return row
  }

  async function write(): Promise<void> {
    const some = [...waiting].slice(0, rowsAtOnce)
    if (some.length === 0) return
    for (const row of some) waiting.delete(row)
    try {
      // Counting goes on meanwhile.
      await keep(some.map((row) => ({ ...row })))
    } catch (error) {
      for (const row of some) waiting.add(row)
      throw error
    }
    await write()
  }

  /** Stores what is buffered. @throws when it cannot; it stays in the buffer */
  function flush(): Promise<void> {
    const mine = writing.then(write)
    writing = mine.catch(() => {})
    return mine
  }

  return { record, flush }
}

// Without the login, which the log has by the request id: with it no two rows would be equal.
function toAbout(fields: SecurityFields): About {
  const { actor: _actor, login: _login, origin, user, ...detail } = fields
  const text = JSON.stringify(detail)
  const kept = text.length > detailMax ? '{"cut":true}' : text
  return {
    user_id: user !== undefined && isId(user) ? user : null,
    detail: Object.keys(detail).length > 0 ? kept : null,
    request_id: origin?.request_id ?? null,
  }
}
