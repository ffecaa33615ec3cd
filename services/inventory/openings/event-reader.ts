import { sql, type SQL } from 'drizzle-orm'
import { placeholder } from '@campus/store/columns.ts'
import type { Reader, Store } from '@campus/store/store.ts'
import type { TimeSpan } from '../span.ts'
import type { InventoryTables } from '../tables.ts'

/** What happened to a resource. */
export interface Happened extends TimeSpan {
  resource: number
  kind: string
}

// Rows per read, which the serving thread handles at once.
const rowsMax = 1000

/**
 * Reads what was committed since the last read. What is committed meanwhile may be returned twice.
 */
export function createEventReader(store: Store, { events, allocations }: InventoryTables) {
  const { transaction, id, kind, resource_number, from_datetime, to_datetime } = events
  const { held_until } = allocations
  const { mark, isAfter } = store.marks

  // With its mark in the same statement: it sees what that one sees.
  const prepare = (more: SQL) =>
    store.prepare(sql`
    SELECT now.mark, ${transaction}, ${id}, ${resource_number}, ${kind}, ${from_datetime},
      ${to_datetime}
    FROM (SELECT ${mark(events)} AS mark) AS now
    LEFT JOIN ${events} ON ${isAfter(events, sql`CAST(${sql.placeholder('mark')} AS text)`)}
      ${more}
    ORDER BY ${transaction}, ${id} LIMIT ${sql.raw(String(rowsMax))}`)

  // PostgreSQL would enter the index where the page begins, so the first one says nothing of it.
  const readFirst = prepare(sql``)
  const readNext = prepare(
    sql`AND (${transaction}, ${id}) > (${placeholder(transaction)}, ${placeholder(id)})`,
  )

  const readEnded = store.prepare(sql`
    SELECT ${allocations.resource_number}, ${held_until} FROM ${allocations}
    WHERE ${held_until} > ${placeholder(held_until)} AND ${held_until} <= ${store.columns.now}
    ORDER BY ${held_until}`)

  /** From now on: begin before anything else is read. */
  async function begin(reader: Reader) {
    const [start] = await reader.rows<{ mark: string; now: number }>(
      sql`SELECT ${mark(events)} AS mark, ${store.columns.now} AS now`,
    )
    return follow(start?.mark ?? '', held_until.mapFromDriverValue(start?.now) as number)
  }

  function follow(seen: string, holdsEndedBy: number) {
    async function readNew(): Promise<Happened[]> {
      const happened: Happened[] = []
      let rows = await readFirst({ mark: seen })
      // What is committed while further pages are read is returned again.
      const next = String(rows[0]?.[0])
      for (;;) {
        for (const row of rows) if (row[2] !== null) happened.push(toHappened(row))
        if (rows.length < rowsMax) break
        const end = rows.at(-1)
        const last = { transaction: Number(end?.[1]), id: Number(end?.[2]) }
        rows = await readNext({ mark: seen, ...last })
      }
      seen = next
      return happened
    }

    /** The resources with expired holds, for which there is no event. */
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
