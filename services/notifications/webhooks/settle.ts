import { and, desc, eq, gt, inArray, isNotNull, lt, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import { violation } from '@campus/store/error.ts'
import type { NotificationsTables } from '../tables.ts'
import { toWait, tryFor_ms } from './backoff.ts'
import type { Leases } from './lease.ts'
import { awayAfter, isDelivered, type Round, type Try } from './round.ts'
import type { DeliveryRow, WebhookRow } from './tables.ts'
import { day_ms, hour_ms } from '../../../shared/duration.ts'

// The history shown of each webhook; older ones are deleted.
const settledMax = 5000

// The owner is warned long before it is disabled.
const warnAfter_ms = hour_ms

type DisableReason = 'failing' | 'gone'

/** Disabled for a reason, or failing on a day since 1970. */
type News = { reason: DisableReason; day?: undefined } | { day: number; reason?: undefined }

/** Records the result of a round. */
export function createSettle(
  { store, clock, id: newId, log }: Pick<Context, 'store' | 'clock' | 'id' | 'log'>,
  tables: NotificationsTables,
  leases: Leases,
) {
  const { journal, journal_people: people, webhooks, webhook_deliveries: deliveries } = tables
  const isPendingOf = ({ id }: WebhookRow) =>
    and(eq(deliveries.webhook_id, id), isNotNull(deliveries.next_try))

  /** @returns false if another process sends for it, or it was changed */
  async function settle(webhook: WebhookRow, lease: string, round: Round): Promise<boolean> {
    const now = clock()
    const rows = round.tries.map((each) => toRow(each, now))
    const reason = findReason(webhook, round, { rows, now })
    const statements = [
      leases.lock(webhook.id),
      keep(rows),
      ...rows.filter(isWaiting).map((row) => holdBack(webhook, row)),
      ...(isBack(webhook, round) ? [bringForward(webhook, now)] : []),
      ...(reason ? report(webhook, { reason }, now) : []),
      ...(!reason && isStuck(rows, now)
        ? report(webhook, { day: Math.floor(now / day_ms) }, now)
        : []),
      store.db
        .update(webhooks)
        .set({
          ...toState(webhook, round, now),
          ...(reason && { state: 'disabled', reason, version: sql`${webhooks.version} + 1` }),
        })
        .where(leases.isHeld(webhook.id, lease))
        .getSQL(),
    ]
    const isKept = await store.atomically(statements).catch(rejectUnlessRemoved)
    if (isKept && reason) {
      log.error('webhook disabled', { webhook: webhook.id, reason, owner: webhook.created_by })
    }
    if (isKept) await forgetOldest(webhook)
    else await keepTaken(rows)
    return isKept
  }

  /**
   * Deliveries accepted while the webhook was changed are not sent again, unless they have changed
   * since, as another process or a replay sends them.
   */
  async function keepTaken(rows: DeliveryRow[]): Promise<void> {
    for (const { id, attempts, ...row } of rows) {
      if (row.settled === null) continue
      const { last_try, next_try, settled, status, fault, duration } = row
      await store.db
        .update(deliveries)
        .set({ attempts, last_try, next_try, settled, status, fault, duration })
        .where(
          and(
            eq(deliveries.id, id),
            isNotNull(deliveries.next_try),
            inArray(deliveries.attempts, [0, attempts - 1]),
          ),
        )
    }
  }

  function keep(rows: DeliveryRow[]): SQL {
    const excluded = (name: string) => sql.raw(`excluded.${name}`)
    const { attempts, first_try, last_try, next_try, settled, status, fault } = deliveries
    const { duration, response } = deliveries
    const changed = { attempts, first_try, last_try, next_try, settled, status, fault }
    const columns = Object.values({ ...changed, duration, response })
    return store.db
      .insert(deliveries)
      .values(rows)
      .onConflictDoUpdate({
        target: deliveries.id,
        set: Object.fromEntries(columns.map(({ name }) => [name, excluded(name)])),
      })
      .getSQL()
  }

  // In order: later events of the same subject wait as long.
  const holdBack = (webhook: WebhookRow, { subject, next_try }: DeliveryRow): SQL =>
    store.db
      .update(deliveries)
      .set({ next_try })
      .where(
        and(
          isPendingOf(webhook),
          eq(deliveries.subject, subject),
          lt(deliveries.next_try, next_try ?? 0),
        ),
      )
      .getSQL()

  const bringForward = (webhook: WebhookRow, now: number): SQL =>
    store.db
      .update(deliveries)
      .set({ next_try: now })
      .where(and(isPendingOf(webhook), gt(deliveries.next_try, now)))
      .getSQL()

  /** Adds it to the journal, for its owner and other followers. */
  function report(webhook: WebhookRow, { reason, day }: News, now: number): SQL[] {
    const { id, description, url, created_by } = webhook
    const event = {
      source: 'notifications',
      // Once a day, regardless of rounds.
      source_event: day === undefined ? newId() : `failing:${id}:${day}`,
      type: day === undefined ? 'webhook.disabled' : 'webhook.failing',
      subject: id,
      happened: now,
      data: JSON.stringify({ webhook_id: id, description, url, reason, created_by }),
    }
    const entry = store.db.insert(journal).values(event).onConflictDoNothing().getSQL()
    if (created_by === null) return [entry]
    const isEntry = and(
      eq(journal.source, event.source),
      eq(journal.source_event, event.source_event),
    )
    // So that it is found when its owner is to be forgotten.
    const owner = sql`INSERT INTO ${people} (user_id, position)
      SELECT ${created_by}, ${journal.position} FROM ${journal} WHERE ${isEntry}
      ON CONFLICT DO NOTHING`
    return [entry, owner]
  }

  async function forgetOldest({ id }: Pick<WebhookRow, 'id'>): Promise<void> {
    const isOf = eq(deliveries.webhook_id, id)
    const oldest = store.db
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(isOf)
      .orderBy(desc(deliveries.id))
      .limit(1)
      .offset(settledMax)
    await store.db
      .delete(deliveries)
      .where(and(isOf, isNotNull(deliveries.settled), sql`${deliveries.id} <= (${oldest})`))
  }

  return { forgetOldest, settle }
}

export type Settling = ReturnType<typeof createSettle>

/** What a try comes to: taken, to be tried again, or, without its event, given up. */
export function toRow({ row, result }: Try, now: number): DeliveryRow {
  const { data, ...delivery } = row
  const attempts = row.attempts + 1
  const isOver = isDelivered(result) || data === null
  return {
    ...delivery,
    attempts,
    first_try: row.first_try ?? now,
    last_try: now,
    next_try: isOver ? null : now + toWait(attempts, result.retryAfter_ms),
    settled: isOver ? now : null,
    status: result.status ?? null,
    fault: result.fault ?? null,
    duration: result.duration_ms,
    response: result.response ?? null,
  }
}

// Its deliveries went with the webhook: what came of them has no place any more.
function rejectUnlessRemoved(error: unknown): false {
  if (violation(error) === 'foreign_key') return false
  throw error
}

/** Whether something is not taken for so long that somebody should look. */
function isStuck(rows: DeliveryRow[], now: number): boolean {
  return rows.some((row) => isWaiting(row) && now - (row.first_try ?? now) >= warnAfter_ms)
}

const isWaiting = ({ next_try }: DeliveryRow) => next_try !== null

function isBack({ failures }: WebhookRow, round: Round): boolean {
  return failures >= awayAfter && round.tries.some(({ result }) => isDelivered(result))
}

function toState({ failing_since }: WebhookRow, round: Round, now: number) {
  const { tries, failures, isFailing, isAway } = round
  const isTaken = tries.some(({ result }) => isDelivered(result))
  const failed = tries.filter(({ result }) => !isDelivered(result))
  const asked_ms = Math.max(0, ...failed.map(({ result }) => result.retryAfter_ms ?? 0))
  const wait_ms = isAway ? toWait(failures - awayAfter + 1, asked_ms) : 0
  const since = isTaken ? now : (failing_since ?? now)
  return {
    failures,
    failing_since: isFailing ? since : null,
    next_try: now + (asked_ms > 0 ? Math.max(wait_ms, toWait(1, asked_ms)) : wait_ms),
  }
}

function findReason(
  { failing_since }: WebhookRow,
  { tries, isFailing, isGone }: Round,
  { rows, now }: { rows: DeliveryRow[]; now: number },
): DisableReason | undefined {
  if (isGone) return 'gone'
  const isOld = (since: number | null) => since !== null && now - since >= tryFor_ms
  if (rows.some((row) => isWaiting(row) && isOld(row.first_try))) return 'failing'
  const isTaken = tries.some(({ result }) => isDelivered(result))
  return isFailing && !isTaken && isOld(failing_since) ? 'failing' : undefined
}
