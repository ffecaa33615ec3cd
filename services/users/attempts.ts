import { and, eq, lt } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { UsersTables } from './tables.ts'

type Row = UsersTables['attempts']['$inferSelect']

const window_ms = 60_000
// Each failure past the allowance costs twice the one before, up to this.
const costMax_ms = 15 * 60_000
// A guesser may go on after this; so may whoever the guesser has locked out.
const forgetAfter_ms = 60 * 60_000
// Simultaneous attempts on one account: past a handful, it is a storm.
const triesMax = 8

/**
 * Counts failed logins by account and by client network: the generic cell rate algorithm with
 * growing cost. In the database, so that neither a restart nor another replica forgets them.
 */
export function createAttempts(
  { store, clock, config }: Pick<Context, 'store' | 'clock' | 'config'>,
  { attempts }: UsersTables,
) {
  const { login: perMinute } = config.limits
  const each_ms = window_ms / perMinute
  const costOf = (failures: number) =>
    Math.min(costMax_ms, each_ms * 2 ** Math.max(0, failures + 1 - perMinute))

  // Reads a row and writes what follows from it, unless another was faster; then again.
  async function change(id: string, toNext: (row: Row, now_ms: number) => Row): Promise<void> {
    for (let tries = 0; tries < triesMax; tries++) {
      const now_ms = clock()
      const [row] = await store.db.select().from(attempts).where(eq(attempts.id, id))
      const isKnown = row !== undefined && row.free > now_ms - forgetAfter_ms
      const { failures, free } = toNext(isKnown ? row : { id, failures: 0, free: now_ms }, now_ms)
      const written = row
        ? await store.db
            .update(attempts)
            .set({ failures, free })
            .where(
              and(
                eq(attempts.id, id),
                eq(attempts.failures, row.failures),
                eq(attempts.free, row.free),
              ),
            )
            .returning({ id: attempts.id })
        : await store.db
            .insert(attempts)
            .values({ id, failures, free })
            .onConflictDoNothing()
            .returning({ id: attempts.id })
      if (written.length > 0) return
    }
    throw tooMany(each_ms)
  }

  return {
    /**
     * Counts an attempt before it is made, as if it failed.
     * @param key an account or a client network
     * @throws 429 with `Retry-After` when there were too many
     */
    take: async (key: string) => {
      if (perMinute === 0) return
      await change(toId(key), (row, now_ms) => {
        const free = Math.max(row.free, now_ms)
        const wait_ms = free - now_ms - (window_ms - each_ms)
        if (wait_ms > 0) throw tooMany(wait_ms)
        return { ...row, failures: row.failures + 1, free: free + costOf(row.failures) }
      })
    },
    /** It succeeded after all: takes it back. */
    giveBack: async (key: string) => {
      if (perMinute === 0) return
      await change(toId(key), (row) => {
        const failures = Math.max(0, row.failures - 1)
        return { ...row, failures, free: row.free - costOf(failures) }
      })
    },
    /** Forgets all failures on an account. */
    clear: async (key: string) => {
      await store.db.delete(attempts).where(eq(attempts.id, toId(key)))
    },
    /** Forgets what is long over. */
    prune: async () => {
      await store.db.delete(attempts).where(lt(attempts.free, clock() - forgetAfter_ms))
    },
  }
}

export type Attempts = ReturnType<typeof createAttempts>

// Nobody reads from this table who tried to log in as whom, from where.
function toId(key: string): string {
  return new Bun.CryptoHasher('sha256').update(key).digest('base64url')
}

function tooMany(wait_ms: number): ProblemError {
  const seconds = Math.max(1, Math.ceil(wait_ms / 1000))
  return new ProblemError({
    status: 429,
    code: 'too_many_attempts',
    detail: `Too many failed logins. Try again in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  })
}
