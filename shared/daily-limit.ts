import { isAdministrator, type Caller } from './access.ts'
import { ProblemError } from './problem.ts'

const day_ms = 24 * 60 * 60 * 1000

/** The day of a time in milliseconds since 1970: days since 1970, in UTC. */
export function toDay(time_ms: number): number {
  return Math.floor(time_ms / day_ms)
}

/**
 * The answer to who did as much today as anybody may: 429 with `Retry-After` (RFC 6585 section 4).
 * @param what the day has room for: `10000 files`
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

/** How many rows a user may write in a day (UTC); administrators have no limit. */
export interface DailyAllowance {
  isSpent: (caller: Caller) => boolean
  /** 429 `daily_limit_reached`. */
  refusal: () => ProblemError
  /**
   * Writes a row that counts if it wins, and meanwhile.
   * @param write tells whether the row won
   * @returns what `write` did
   * @throws `refusal()` when nothing is left
   */
  spend: <Won>(caller: Caller, write: () => Promise<Won>) => Promise<Won>
}

/**
 * Counts in this process: a restart, or another replica, begins with nothing spent.
 * @param what the rows are called: `books`
 * @param perDay 0: no limit
 */
export function createDailyAllowance(
  what: string,
  perDay: number,
  clock: () => number,
): DailyAllowance {
  let today = 0
  const spent = new Map<string, number>()

  function spentBy({ id }: Caller): number {
    const day = toDay(clock())
    if (day !== today) spent.clear()
    today = day
    return spent.get(id) ?? 0
  }

  function count(caller: Caller, rows: number): void {
    spent.set(caller.id, Math.max(0, spentBy(caller) + rows)) // midnight may be in between
  }

  const isSpent = (caller: Caller) => spentBy(caller) >= perDay
  const isFree = (caller: Caller) => perDay === 0 || isAdministrator(caller)
  const refusal = () => dailyLimitReached(`${perDay} ${what}`, clock())

  async function spend<Won>(caller: Caller, write: () => Promise<Won>): Promise<Won> {
    if (isFree(caller)) return write()
    if (isSpent(caller)) throw refusal()
    count(caller, 1)
    let won: Won | undefined
    try {
      won = await write()
      return won
    } finally {
      if (!won) count(caller, -1)
    }
  }

  return { isSpent: (caller) => !isFree(caller) && isSpent(caller), refusal, spend }
}
