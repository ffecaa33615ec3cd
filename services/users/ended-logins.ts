import { sql } from 'drizzle-orm'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import type { Prunable } from '../../shared/host/prune.ts'
import type { EndedLogins } from '../../shared/schemas/user.ts'
import type { UsersTables } from './tables.ts'
import { hour_ms } from '../../shared/duration.ts'

// A page takes a millisecond to read; followers fetch the next one at once.
const rowsMax = 1000
// A starting process reads from the beginning, and its clock may differ.
const keepAfter_ms = hour_ms

/**
 * Ended logins, and tokens too old for their groups, ordered by number and transaction as of the
 * commit (see decision 004): clock steps and skew lose nothing.
 */
export function createEndedLogins({ store }: Pick<Context, 'store'>, { endedLogins }: UsersTables) {
  const { number, transaction } = endedLogins
  const newestFirst = sql`${transaction} DESC, ${number} DESC`

  function readAfter(after: Position) {
    return store.db
      .select({
        row: endedLogins,
        // Another row may still appear before one that is not final.
        isFinal: sql<number>`CASE WHEN ${transaction} < ${store.horizon} THEN 1 ELSE 0 END`,
      })
      .from(endedLogins)
      .where(sql`(${transaction}, ${number}) > (${after.transaction}, ${after.number})`)
      .orderBy(transaction, number)
      .limit(rowsMax)
  }

  // The newest row is never pruned, so an unknown position is from before a restore.
  async function isUnknown(after: Position): Promise<boolean> {
    const [newest] = await store.db.select().from(endedLogins).orderBy(newestFirst).limit(1)
    return newest !== undefined && isBefore(toPosition(newest), after)
  }

  return {
    /**
     * Logins that ended after a position, including those whose position is not final yet: nobody
     * waits for a transaction that stays open.
     */
    list: async (position: string | undefined): Promise<EndedLogins> => {
      const after = readPosition(position)
      let rows = await readAfter(after)
      if (rows.length === 0 && (await isUnknown(after))) rows = await readAfter(start)
      const settled = rows.findLast(({ isFinal }) => Number(isFinal) === 1)
      const last = rows.at(-1)
      const entries = rows.map(({ row: { login_id: id, generation, token_expires } }) => {
        const entry = { id, token_expires: toInstant(token_expires) ?? '' }
        return { entry, user: generation === null ? undefined : { ...entry, generation } }
      })
      return {
        logins: entries.flatMap(({ entry, user }) => (user ? [] : [entry])),
        users: entries.flatMap(({ user }) => user ?? []),
        settled: settled ? writePosition(settled.row) : null,
        next: last && rows.length === rowsMax ? writePosition(last.row) : null,
      }
    },
    prunable: {
      name: 'ended logins',
      table: endedLogins,
      key: number,
      since: endedLogins.token_expires,
      keepFor_ms: keepAfter_ms,
      order: number,
      mayGo: sql`(${transaction}, ${number}) < (
        SELECT ${transaction}, ${number} FROM ${endedLogins} ORDER BY ${newestFirst} LIMIT 1)`,
    } satisfies Prunable,
  }
}

interface Position {
  transaction: number
  number: number
}

const start: Position = { transaction: 0, number: 0 }

function readPosition(text: string | undefined): Position {
  const [transaction = 0, number = 0] = text?.split('.').map(Number) ?? []
  return { transaction, number }
}

// PostgreSQL's driver returns 8-byte integers as text.
function toPosition(row: Position): Position {
  return { transaction: Number(row.transaction), number: Number(row.number) }
}

function writePosition({ transaction, number }: Position): string {
  return `${transaction}.${number}`
}

function isBefore(a: Position, b: Position): boolean {
  return a.transaction < b.transaction || (a.transaction === b.transaction && a.number < b.number)
}
