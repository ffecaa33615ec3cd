import { and, eq, gte, sql } from 'drizzle-orm'
import { isAdministrator, type Caller } from './access.ts'
import type { Context } from './context.ts'
import type { Prunable } from './host/prune.ts'
import { ProblemError } from './problem.ts'
import type { DailyShare } from '@campus/store/batch.ts'
import { placeholder, type Columns } from '@campus/store/columns.ts'
import type { Store } from '@campus/store/store.ts'
import { day_ms } from './duration.ts'

/** Converts milliseconds since 1970 to days since 1970, in UTC. */
export function toDay(time_ms: number): number {
  return Math.floor(time_ms / day_ms)
}

/** When the day of a time began, in UTC. */
export function startOfDay(time_ms: number): number {
  return toDay(time_ms) * day_ms
}

/**
 * 429 with `Retry-After` (RFC 6585 section 4): the limit of the day is reached.
 * @param what the limit: `10000 files`
 */
export function dailyLimitReached(what: string, now_ms: number): ProblemError {
  const retryAfter_s = Math.ceil(((toDay(now_ms) + 1) * day_ms - now_ms) / 1000)
  return new ProblemError({
    status: 429,
    code: 'daily_limit_reached',
    detail: `The limit is ${what} a day. The next day begins at midnight UTC.`,
    headers: { 'retry-after': String(retryAfter_s) },
  })
}

/** The table of a service with daily limits: how much each user wrote, by day. */
export const dailyCountsTable = (c: Columns) =>
  c.table('daily_counts', {
    /** When it began, in UTC. */
    day: c.instant('day').notNull(),
    user_id: c.text('user_id').notNull(),
    used: c.integer('used').notNull(),
  })

/** How many rows a user may write in a day (UTC); administrators have no limit. */
export interface DailyLimit {
  /** What a batch counts with a row, in the same commit; undefined without a limit. */
  shareOf: (caller: Caller) => DailyShare | undefined
  /** 429 `daily_limit_reached`, or undefined while the limit is not reached. */
  findRefusal: (caller: Caller) => Promise<ProblemError | undefined>
  /**
   * Runs a change that counts towards the limit. It is counted first, in a commit of its own: a
   * crash in between costs the user one, and no race lets one too many through.
   * @param share how much it counts; 1
   * @returns what `change` did
   * @throws 429 `daily_limit_reached` when less is left
   */
  spend: <Done>(
    caller: Caller,
    change: () => Promise<Done | undefined>,
    share?: Share<Done>,
  ) => Promise<Done | undefined>
  /** Refunds what was counted today for a change that was not made. */
  refund: (caller: Caller, rows: number) => Promise<void>
}

/** What a change counts: `atMost` while it runs, then what it `used`. */
export interface Share<Done> {
  atMost: number
  used: (done: Done) => number
}

/**
 * Counts in the database, so that limits survive restarts and hold across replicas. On PostgreSQL,
 * replicas that write for one user at the same moment may let through a batch each too many.
 * @param what the rows are called: `books`
 * @param perDay 0: no limit
 */
export function createDailyLimit(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  what: string,
  perDay: number,
): DailyLimit {
  const table = dailyCountsTable(store.columns)
  const today = () => startOfDay(clock())
  const isFree = (caller: Caller) => perDay === 0 || isAdministrator(caller)
  const refusal = () => dailyLimitReached(`${perDay} ${what}`, clock())
  const find = store.db
    .select({ used: table.used })
    .from(table)
    .where(
      and(eq(table.day, placeholder(table.day)), eq(table.user_id, placeholder(table.user_id))),
    )
    .prepare()

  async function findRefusal(caller: Caller): Promise<ProblemError | undefined> {
    if (isFree(caller)) return undefined
    const [row] = await find.execute({ day: today(), user_id: caller.id })
    return row && row.used >= perDay ? refusal() : undefined
  }

  async function spend<Done>(
    caller: Caller,
    change: () => Promise<Done | undefined>,
    { atMost, used }: Share<Done> = { atMost: 1, used: () => 1 },
  ): Promise<Done | undefined> {
    if (isFree(caller)) return change()
    if (atMost > perDay) throw refusal()
    const day = today()
    const [counted] = await store.db
      .insert(table)
      .values({ day, user_id: caller.id, used: atMost })
      .onConflictDoUpdate({
        target: [table.day, table.user_id],
        set: { used: sql`${table.used} + ${atMost}` },
        setWhere: sql`${table.used} + ${atMost} <= ${perDay}`,
      })
      .returning({ used: table.used })
    if (!counted) throw refusal()
    let left = atMost
    try {
      const done = await change()
      if (done !== undefined) left -= used(done)
      return done
    } finally {
      if (left > 0) await refund(day, caller, left)
    }
  }

  async function refund(day: number, { id }: Caller, rows: number): Promise<void> {
    const isCount = and(eq(table.day, day), eq(table.user_id, id), gte(table.used, rows))
    await store.db
      .update(table)
      .set({ used: sql`${table.used} - ${rows}` })
      .where(isCount)
  }

  return {
    shareOf: (caller) => (isFree(caller) ? undefined : { day: today(), max: perDay }),
    findRefusal,
    spend,
    refund: (caller, rows) => refund(today(), caller, rows),
  }
}

/** The counts of past days. */
export function prunableDailyCounts({ columns }: Store): Prunable {
  const table = dailyCountsTable(columns)
  return {
    name: 'daily counts',
    table,
    key: table.user_id,
    since: table.day,
    keepFor_ms: 2 * day_ms,
  }
}
