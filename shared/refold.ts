import { and, eq, getTableColumns, isNull, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Context } from './context.ts'
import type { Columns } from '@campus/store/columns.ts'
import { violation } from '@campus/store/error.ts'
import { hour_ms } from './duration.ts'

/**
 * The tables whose folded columns were written by an earlier version of `fold`. A migration names
 * them, and until when they are walked again: as long as processes of the version before may run
 * beside this one and fold the old way.
 */
export const refoldTable = (c: Columns) =>
  c.table('refold', {
    table_name: c.text('table_name').primaryKey(),
    until: c.instant('until').notNull(),
  })

interface Walk {
  table: SQLiteTable
  /** Unique together; the order of the walk. */
  key: SQLiteColumn[]
  /** A row that changed meanwhile is left to that change, or to the next walk. */
  version: SQLiteColumn
  /** The folded columns of a row. */
  fold: (row: never) => object
}

const rowsAtOnce = 250
const restMax_ms = 1000
const again_ms = hour_ms

/** A table with folded columns: how a row is found again, and what the columns are. */
export function folded<Row>(
  table: SQLiteTable & { version: SQLiteColumn; $inferSelect: Row },
  key: SQLiteColumn[],
  fold: (row: Row) => Partial<Row>,
): Walk {
  return { table, key, version: table.version, fold }
}

/**
 * Folds again what an earlier version folded, while the service serves: in pieces, with as long a
 * pause after each as it took, at the start and every hour until the time is over. A piece that
 * failed is retried.
 * @param tables by their names in the database
 */
export function refold({ store, every, clock, log }: Context, tables: Record<string, Walk>): void {
  const pending = refoldTable(store.columns)
  const begun = new Map<string, SQL>()
  let due_ms = -Infinity
  every(1, 'fold anew', async () => {
    if (clock() < due_ms) return
    const names = await store.db.select().from(pending)
    for (const { table_name, until } of names) {
      const walk = tables[table_name]
      if (!walk) continue
      await walkThrough(table_name, walk)
      if (until > clock()) continue
      await store.db.delete(pending).where(eq(pending.table_name, table_name))
    }
    due_ms = names.length === 0 ? Infinity : clock() + again_ms
  })

  async function walkThrough(name: string, walk: Walk): Promise<void> {
    for (;;) {
      const begin_ms = performance.now()
      const page = store.db.select().from(walk.table).where(begun.get(name))
      const rows = await page.orderBy(...walk.key).limit(rowsAtOnce)
      await Promise.all(rows.map((row) => foldRow(walk, row)))
      const last = rows.at(-1)
      if (!last) break
      const place = walk.key.map((column) => valueOf(last, column))
      begun.set(name, sql`(${list(walk.key)}) > (${list(place)})`)
      await Bun.sleep(Math.min(performance.now() - begin_ms, restMax_ms))
    }
    begun.delete(name)
  }

  async function foldRow({ table, key, version, fold }: Walk, row: Row): Promise<void> {
    const now = Object.entries(fold(row as never)).filter(([name, value]) => row[name] !== value)
    if (now.length === 0) return
    const isRow = [...key, version].map((column) => sql`${column} = ${valueOf(row, column)}`)
    // Unless another process was faster.
    const columns = getTableColumns(table)
    const isOld = now.map(([name]) => {
      const [column, value] = [columns[name], row[name]]
      return column && (value === null ? isNull(column) : eq(column, value))
    })
    try {
      const change = store.db.update(table).set(Object.fromEntries(now))
      await change.where(and(...isRow, ...isOld))
    } catch (error) {
      if (violation(error) !== 'unique') throw error
      // Two names that differed and now fold alike: both stay, this one with its old key.
      const keys = key.map(({ name }) => String(row[name])).join(' ')
      log.warn('folded as before: another is the same now', { key: keys })
    }
  }
}

type Row = Record<string, unknown>

// The tables of Campus call their columns what the database calls them.
const valueOf = (row: Row, column: SQLiteColumn) => sql.param(row[column.name], column)

const list = (parts: (SQL | SQLiteColumn | ReturnType<typeof valueOf>)[]) =>
  sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  )
