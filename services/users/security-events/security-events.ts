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
import type { Reader } from '../../../shared/store/store.ts'
import type { UsersTables } from '../tables.ts'
import { createBackupEvents } from './backups.ts'
import { mayReport } from './owned-kinds.ts'

const day_ms = 24 * 60 * 60_000
const exportedAtOnce = 1000
// Of a detail that cannot be read.
const shownMax = 200

/** Which events. */
export interface SecurityEventFilter {
  actor?: string | undefined
  kind?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

interface EventContext extends Pick<Context, 'store' | 'clock' | 'id' | 'stopping'> {
  config: Pick<Context['config'], 'securityEventDays'>
}

type Row = UsersTables['securityEvents']['$inferSelect']
type Position = [at: number, id: string]

/** Security events in a table: written beside what they tell of, read by administrators. */
export function createSecurityEvents(context: EventContext, tables: UsersTables) {
  const { store, config, clock } = context
  const { securityEvents: events } = tables
  const recorder = createRecorder({ ...context, keep })

  /** Writes them; one that comes again counts anew. */
  async function keep(rows: SecurityRow[]): Promise<void> {
    const excluded = (name: string) => sql.raw(`excluded.${name}`)
    await store.db
      .insert(events)
      .values(rows)
      .onConflictDoUpdate({
        target: events.id,
        // Of the same event only: ids are the reporter's to choose.
        setWhere: sql`${excluded(events.count.name)} > ${events.count}
          AND ${excluded(events.kind.name)} = ${events.kind}
          AND ${excluded(events.actor.name)} = ${events.actor}`,
        set: { count: excluded(events.count.name), until: excluded(events.until.name) },
      })
  }

  /** Those of another service. @throws 403 for what is not its own to tell; 422 */
  async function report(rows: readonly SecurityRow[], { id, role }: Caller): Promise<void> {
    const service = id.replace(/^service:/, '')
    for (const [at, { kind, detail }] of rows.entries()) {
      if (role === 'service' && !mayReport(service, kind)) {
        throw forbidden(`${service} has no event ${kind} to tell of.`)
      }
      if (detail === null || readDetail(detail)) continue
      const pointer = `#/events/${at}/detail`
      throw invalid([{ pointer, detail: 'It is no JSON object, or nested too deep.' }])
    }
    // Nothing of tomorrow is kept for longer than the rest, whatever its clock says.
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
      // By hand in SQL there may be others, after which no page could begin.
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

  /** The newest first. */
  async function list(query: SecurityEventFilter & PageQuery): Promise<Page<SecurityEvent>> {
    const before = readCursor(query, isPosition)
    await recorder.flush()
    const rows = await read(store, select(query, before), rowsToAsk(query))
    const page = toPage(rows, query, ({ at, id }): Position => [at, id])
    return { ...page, items: page.items.map(toSecurityEvent) }
  }

  /** All of them as CSV, the newest first, a piece at a time. @param whose who asks */
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
      keepFor_ms: config.securityEventDays * day_ms,
    } satisfies Prunable,
  }
}

export type SecurityEvents = ReturnType<typeof createSecurityEvents>

/** Security events of users: in its log, and in the table. */
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
    // By hand in SQL it may be anything.
    detail:
      detail === null ? null : (readDetail(detail) ?? { unreadable: detail.slice(0, shownMax) }),
  }
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && Number.isSafeInteger(value[0]) && isId(value[1])
}
