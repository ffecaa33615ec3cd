import { and, eq, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Context } from './context.ts'
import type { Columns } from './store/columns.ts'
import { violation } from './store/error.ts'

/**
 * The tables whose folded columns were made by an earlier rule of `fold`. A migration names them; a
 * row goes when its table has been walked.
 */
export const refoldTable = (c: Columns) =>
  c.table('refold', { table_name: c.text('table_name').primaryKey() })

interface Walk {
  table: SQLiteTable
  /** Unique together; the order of the walk. */
  key: SQLiteColumn[]
  /** A row that was changed meanwhile has been folded by today's rule. */
  version: SQLiteColumn
  /** The folded columns of a row. */
  fold: (row: never) => object
}

const rowsAtOnce = 250
const restMax_ms = 1000

/** A table with folded columns: how a row is found again, and what the columns are. */
export function folded<Row>(
  table: SQLiteTable & { version: SQLiteColumn; $inferSelect: Row },
  key: SQLiteColumn[],
  fold: (row: Row) => Partial<Row>,
): Walk {
  return { table, key, version: table.version, fold }
}

/**
 * Folds by today's rule what an earlier one folded, while the service serves: in pieces, with as
 * much time between them as they took. Begun anew after a restart, as folding twice does no harm.
 * @param tables by their names in the database
 */
export function refold({ store, every, log }: Context, tables: Record<string, Walk>): void {
  const pending = refoldTable(store.columns)
  let isDone = false
  every(1, 'fold anew', async () => {
    if (isDone) return
    for (const { table_name } of await store.db.select().from(pending)) {
      const walk = tables[table_name]
      if (walk) await walkThrough(walk)
      await store.db.delete(pending).where(eq(pending.table_name, table_name))
    }
    isDone = true
  })

  async function walkThrough(walk: Walk): Promise<void> {
    let isNext: SQL | undefined
    for (;;) {
      const begin_ms = performance.now()
      const page = store.db.select().from(walk.table).where(isNext)
      const rows = await page.orderBy(...walk.key).limit(rowsAtOnce)
      for (const row of rows) await foldRow(walk, row)
      const last = rows.at(-1)
      if (!last) return
      isNext = sql`(${list(walk.key)}) > (${list(walk.key.map((column) => valueOf(last, column)))})`
      await Bun.sleep(Math.min(performance.now() - begin_ms, restMax_ms))
    }
  }

  async function foldRow({ table, key, version, fold }: Walk, row: Row): Promise<void> {
    const now = Object.entries(fold(row as never)).filter(([name, value]) => row[name] !== value)
    if (now.length === 0) return
    const isRow = [...key, version].map((column) => sql`${column} = ${valueOf(row, column)}`)
    try {
      const change = store.db.update(table).set(Object.fromEntries(now))
      await change.where(and(...isRow))
    } catch (error) {
      if (violation(error) !== 'unique') throw error
      // Two that were different and are one by today's rule: both stay, and this one as it was.
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
