import { hash } from 'node:crypto'
import type { ProblemCode } from '../../shared/problem-code.ts'
import { and, eq } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import type { Prunable } from '../../shared/host/prune.ts'
import { ProblemError } from '../../shared/problem.ts'
import type { UsersTables } from './tables.ts'
import { hour_ms } from '../../shared/duration.ts'

/** How many attempts are free. */
export interface Allowance {
  /** The burst, refilled over each window; 0: no limit. */
  count: number
  window_ms: number
  /** Each attempt beyond the allowance costs twice the previous one, up to this. */
  costMax_ms: number
  /** The problem's code and subject when it is used up. */
  code: ProblemCode
  what: string
}

type Row = UsersTables['attempts']['$inferSelect']

// Then a guesser may continue, but so may a user they have locked out.
const forgetAfter_ms = hour_ms
// Simultaneous attempts under one key: more than a handful is a flood.
const triesMax = 8

/**
 * Counts attempts by key: the generic cell rate algorithm with growing cost. Stored in the
 * database, so that restarts and replicas share it.
 */
export function createAttempts(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  { attempts }: UsersTables,
) {
  const turns = new Map<string, Promise<void>>()

  // Serialized within this process, so that only other processes can interfere.
  function serialize(id: string, run: () => Promise<void>): Promise<void> {
    const mine = (turns.get(id) ?? Promise.resolve()).then(run, run)
    const forget = () => void (turns.get(id) === mine && turns.delete(id))
    turns.set(id, mine)
    mine.then(forget, forget)
    return mine
  }

  async function read(id: string, now_ms: number) {
    const [row] = await store.db.select().from(attempts).where(eq(attempts.id, id))
    const isKnown = row !== undefined && row.free > now_ms - forgetAfter_ms
    return { row, valid: isKnown ? row : { id, failures: 0, free: now_ms } }
  }

  // Reads a row and writes the result, retrying when another process was faster.
  async function tryChange(
    id: string,
    allowance: Allowance,
    toNext: (row: Row, now_ms: number) => Row,
  ): Promise<void> {
    for (let tries = 0; tries < triesMax; tries++) {
      const now_ms = clock()
      const { row, valid } = await read(id, now_ms)
      const { failures, free } = toNext(valid, now_ms)
      const written = row
        ? await store.db
            .update(attempts)
            .set({ failures, free })
            // Every change of a row changes when it is free.
            .where(and(eq(attempts.id, id), eq(attempts.free, row.free)))
            .returning({ id: attempts.id })
        : await store.db
            .insert(attempts)
            .values({ id, failures, free })
            .onConflictDoNothing()
            .returning({ id: attempts.id })
      if (written.length > 0) return
    }
    throw tooMany(allowance, toEach(allowance))
  }

  function change(key: string, ...how: [Allowance, Parameters<typeof tryChange>[2]]) {
    const id = toId(key)
    return serialize(id, () => tryChange(id, ...how))
  }

  return {
    /**
     * Counts an attempt in advance, as if it failed.
     * @throws 429 with `Retry-After` above the allowance
     */
    consume: async (key: string, allowance: Allowance) => {
      if (allowance.count === 0) return
      await change(key, allowance, (row, now_ms) => {
        const free = requireLeft(allowance, row, now_ms)
        const cost_ms = toCost(allowance, row.failures)
        return { ...row, failures: row.failures + 1, free: free + cost_ms }
      })
    },
    /** Checks without counting. @throws 429 where `consume` would */
    check: async (key: string, allowance: Allowance) => {
      if (allowance.count === 0) return
      const now_ms = clock()
      requireLeft(allowance, (await read(toId(key), now_ms)).valid, now_ms)
    },
    /** Takes back an attempt that succeeded. */
    refund: async (key: string, allowance: Allowance) => {
      if (allowance.count === 0) return
      await change(key, allowance, (row) => {
        const failures = Math.max(0, row.failures - 1)
        return { ...row, failures, free: row.free - toCost(allowance, failures) }
      })
    },
    /** Forgets all failures under a key. */
    clear: async (key: string) => {
      await store.db.delete(attempts).where(eq(attempts.id, toId(key)))
    },
    prunable: {
      name: 'login attempts',
      table: attempts,
      key: attempts.id,
      since: attempts.free,
      keepFor_ms: forgetAfter_ms,
    } satisfies Prunable,
  }
}

export type Attempts = ReturnType<typeof createAttempts>

/** @returns when the full allowance is available again */
function requireLeft(allowance: Allowance, row: Row, now_ms: number): number {
  const free = Math.max(row.free, now_ms)
  const wait_ms = free - now_ms - (allowance.window_ms - toEach(allowance))
  if (wait_ms > 0) throw tooMany(allowance, wait_ms)
  return free
}

function toEach({ window_ms, count }: Allowance): number {
  return window_ms / count
}

function toCost(allowance: Allowance, failures: number): number {
  const { costMax_ms, count } = allowance
  return Math.min(costMax_ms, toEach(allowance) * 2 ** Math.max(0, failures + 1 - count))
}

// Hashed, so that this table does not reveal who tried to log in as whom, from where.
function toId(key: string): string {
  return hash('sha256', key, 'base64url')
}

function tooMany({ code, what }: Allowance, wait_ms: number): ProblemError {
  const seconds = Math.max(1, Math.ceil(wait_ms / 1000))
  return new ProblemError({
    status: 429,
    code,
    detail: `Too many ${what}. Try again in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  })
}
