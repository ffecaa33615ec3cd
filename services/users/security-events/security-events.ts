import { and, desc, eq, gte, lt, lte, or, sql, type SQL } from 'drizzle-orm'
import { forbidden, type Caller } from '../../../shared/access.ts'
import { toCsvLine } from '../../../shared/csv.ts'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import { createSecurityLog, type SecurityLog } from '../../../shared/host/security-log.ts'
import { readDetail } from '../../../shared/host/security-detail.ts'
import { createRecorder, type SecurityRow } from '../../../shared/host/security-recorder.ts'
import {
  earliest_ms,
  isInstant,
  latest_ms,
  readInstant,
  toInstant,
} from '../../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import { invalid } from '../../../shared/problem.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { SecurityEvent } from '../../../shared/schemas/security-event.ts'
import type { Reader } from '@campus/store/store.ts'
import type { UsersTables } from '../tables.ts'
import { createBackupEvents } from './backups.ts'
import { mayReport } from './owned-kinds.ts'
import { day_ms } from '../../../shared/duration.ts'

const exportedAtOnce = 1000
// For unparsable details.
const shownMax = 200

/** Which events. */
export interface SecurityEventFilter {
  actor?: string | undefined
  kind?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

interface EventContext extends Pick<Context, 'store' | 'clock' | 'id' | 'stopping'> {
  config: Pick<Context['config'], 'SECURITY_EVENT_DAYS'>
}

type Row = UsersTables['securityEvents']['$inferSelect']
type Position = [at: number, id: string]

/** Stores security events in a table, in the commit they describe; administrators read them. */
export function createSecurityEvents(context: EventContext, tables: UsersTables) {
  const { store, config, clock } = context
  const { securityEvents: events } = tables
  const recorder = createRecorder({ ...context, keep })

  /** Writes them; an existing one updates its count. */
  async function keep(rows: SecurityRow[]): Promise<void> {
    const excluded = (name: string) => sql.raw(`excluded.${name}`)
    await store.db
      .insert(events)
      .values(rows)
      .onConflictDoUpdate({
        target: events.id,
        // Of the same event only: ids are chosen by the reporter.
        setWhere: sql`${excluded(events.count.name)} > ${events.count}
          AND ${excluded(events.kind.name)} = ${events.kind}
          AND ${excluded(events.actor.name)} = ${events.actor}`,
        set: { count: excluded(events.count.name), until: excluded(events.until.name) },
      })
  }

  /** Stores events of another service. @throws 403 for kinds it does not own; 422 */
  async function report(rows: readonly SecurityRow[], { id, role }: Caller): Promise<void> {
    const service = id.replace(/^service:/, '')
    for (const [at, { kind, detail }] of rows.entries()) {
      if (role === 'service' && !mayReport(service, kind)) {
        throw forbidden(`${service} may not report ${kind}.`)
      }
      if (detail === null || readDetail(detail)) continue
      const pointer = `#/events/${at}/detail`
      throw invalid([{ pointer, detail: 'Not a JSON object, or nested too deeply.' }])
    }
    // A clock that is ahead must not extend how long its events are kept.
    const now = clock()
    const past = (time: number) => Math.min(time, now)
    await keep(rows.map((row) => ({ ...row, at: past(row.at), until: past(row.until) })))
  }

  function read(reader: Reader, where: SQL | undefined, limit: number): Promise<Row[]> {
    return reader.db
      .select()
      .from(events)
      .where(where)
      .orderBy(desc(events.at), desc(events.id))
      .limit(limit)
  }

  function select(filter: SecurityEventFilter, before: Position | undefined): SQL | undefined {
    const { actor, kind } = filter
    const from = filter.from === undefined ? undefined : readInstant(filter.from)
    const to = filter.to === undefined ? undefined : readInstant(filter.to)
    return and(
      // Rows edited by hand may have times no page could begin at.
      gte(events.at, earliest_ms),
      lte(events.at, latest_ms),
      actor === undefined ? undefined : eq(events.actor, actor),
      kind === undefined ? undefined : eq(events.kind, kind),
      from === undefined ? undefined : gte(events.at, from),
      to === undefined ? undefined : lt(events.at, to),
      before &&
        or(lt(events.at, before[0]), and(eq(events.at, before[0]), lt(events.id, before[1]))),
    )
  }

  /** Newest first. */
  async function list(query: SecurityEventFilter & PageQuery): Promise<Page<SecurityEvent>> {
    const before = readCursor(query, isPosition)
    await recorder.flush()
    const rows = await read(store, select(query, before), rowsToAsk(query))
    const page = toPage(rows, query, ({ at, id }): Position => [at, id])
    return { ...page, items: page.items.map(toSecurityEvent) }
  }

  /** All as CSV, newest first, in chunks. @param whose the caller */
  async function* toCsv(filter: SecurityEventFilter, whose: string): AsyncGenerator<string> {
    await recorder.flush()
    yield toCsvLine(headings)
    let before: Position | undefined
    do {
      const rows = await read(store.scan(whose), select(filter, before), exportedAtOnce)
      yield rows.map((row) => toRecord(toSecurityEvent(row))).join('')
      const last = rows.at(-1)
      before = last && rows.length === exportedAtOnce ? [last.at, last.id] : undefined
    } while (before)
  }

  return {
    report,
    record: recorder.record,
    flush: recorder.flush,
    list,
    toCsv,
    prunable: {
      name: 'security events',
      table: events,
      key: events.id,
      since: events.at,
      keepFor_ms: config.SECURITY_EVENT_DAYS * day_ms,
    } satisfies Prunable,
  }
}

/** Records security events of users in the log and the table. */
export function createSecurity(context: Context, tables: UsersTables) {
  const securityLog = createSecurityLog(context.log)
  const securityEvents = createSecurityEvents(context, tables)
  context.prune(securityEvents.prunable)
  const { newest_s } = createBackupEvents(context.store)
  context.gauge('campus_backup_timestamp_seconds', {}, newest_s)
  context.every(2, 'keep security events', securityEvents.flush)
  const security: SecurityLog = (event, fields) => {
    securityLog(event, fields)
    securityEvents.record(event, fields)
  }
  return { security, securityEvents }
}

const headings = ['At', 'Until', 'Count', 'Kind', 'Actor', 'User', 'Request', 'Detail']

function toRecord(event: SecurityEvent): string {
  const { at, until, count, kind, actor, user_id, request_id, detail } = event
  const about = [user_id ?? '', request_id ?? '', detail ? JSON.stringify(detail) : '']
  return toCsvLine([at, until, String(count), kind, actor, ...about])
}

function toSecurityEvent(row: Row): SecurityEvent {
  const { at, until, count, detail, ...rest } = row
  return {
    ...rest,
    at: toInstant(at) ?? '',
    until: toInstant(isInstant(until) ? until : at) ?? '',
    count: Math.max(1, count),
    // Edited by hand, it may be anything.
    detail:
      detail === null ? null : (readDetail(detail) ?? { unreadable: detail.slice(0, shownMax) }),
  }
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && Number.isSafeInteger(value[0]) && isId(value[1])
}
