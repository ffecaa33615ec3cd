import { sql } from 'drizzle-orm'
import { placeholder } from '../../../shared/store/columns.ts'
import type { Reader, Store } from '../../../shared/store/store.ts'
import type { Position } from '../event-log.ts'
import type { TimeSpan } from '../span.ts'
import type { InventoryTables } from '../tables.ts'

/** What happened to a resource. */
export interface Happened extends TimeSpan {
  resource: number
  kind: string
}

// What one read hands to the serving thread.
const rowsMax = 1000

/**
 * Reads what happened since the last time: all that is committed, each event once. Those of
 * transactions that older ones are still beside are read, too, and left out when they come again.
 */
export function createEventReader(store: Store, { events, allocations }: InventoryTables) {
  const { transaction, id, kind, resource_number, from_datetime, to_datetime } = events
  const { held_until } = allocations
  const isFinal = sql`${transaction} < ${store.horizon}`

  const readPage = store.prepare(sql`
    SELECT ${transaction}, ${id}, CASE WHEN ${isFinal} THEN 1 ELSE 0 END,
      ${resource_number}, ${kind}, ${from_datetime}, ${to_datetime}
    FROM ${events}
    WHERE (${transaction}, ${id}) > (${placeholder(transaction)}, ${placeholder(id)})
      AND ${id} > ${placeholder(id, 'least')}
    ORDER BY ${transaction}, ${id} LIMIT ${sql.raw(String(rowsMax))}`)

  const readEnded = store.prepare(sql`
    SELECT ${allocations.resource_number}, ${held_until} FROM ${allocations}
    WHERE ${held_until} > ${placeholder(held_until)} AND ${held_until} <= ${store.columns.now}
    ORDER BY ${held_until}`)

  /** Where to begin, before anything else is read. */
  async function begin(reader: Reader) {
    const [last] = await reader.rows<Record<'transaction' | 'id', number>>(sql`
      SELECT ${transaction} AS "transaction", ${id} AS id FROM ${events} WHERE ${isFinal}
      ORDER BY ${transaction} DESC, ${id} DESC LIMIT 1`)
    const [clock] = await reader.rows<{ now: number }>(sql`SELECT ${store.columns.now} AS now`)
    const now = held_until.mapFromDriverValue(clock?.now) as number
    return follow({ transaction: Number(last?.transaction ?? 0), id: Number(last?.id ?? 0) }, now)
  }

  function follow(position: Position, holdsEndedBy: number) {
    let known = new Set<number>()

    async function readNew(): Promise<Happened[]> {
      const happened: Happened[] = []
      const open = new Set<number>()
      let [at, final] = [position, position]
      let rows
      do {
        // Where all transactions are 0, ids alone are in the order of commits.
        rows = await readPage({ ...at, least: at.transaction === 0 ? at.id : 0 })
        for (const row of rows) {
          at = { transaction: Number(row[0]), id: Number(row[1]) }
          if (row[2] === 1) final = at
          else open.add(at.id)
          if (!known.has(at.id)) happened.push(toHappened(row))
        }
      } while (rows.length === rowsMax)
      position = final
      known = open
      return happened
    }

    /** The resources whose holds ended by themselves: no event tells. */
    async function readEndedHolds(): Promise<number[]> {
      const rows = await readEnded({ held_until: holdsEndedBy })
      const last = rows.at(-1)?.[1]
      if (last !== undefined) holdsEndedBy = held_until.mapFromDriverValue(last) as number
      return rows.map(([resource]) => Number(resource))
    }

    return { readNew, readEndedHolds }
  }

  function toHappened([, , , resource, kind, from, to]: unknown[]): Happened {
    return {
      resource: Number(resource),
      kind: String(kind),
      from: from === null ? -Infinity : (from_datetime.mapFromDriverValue(from) as number),
      to: to === null ? Infinity : (to_datetime.mapFromDriverValue(to) as number),
    }
  }

  return { begin }
}

export type EventFollower = Awaited<ReturnType<ReturnType<typeof createEventReader>['begin']>>
