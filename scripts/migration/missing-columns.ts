import { getTableColumns, getTableName, is, sql, Table } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'

/**
 * The columns of `tables.ts` that the migrations did not create. On SQLite an ordinary query does
 * not reveal them: an unknown quoted name is a string literal there, unless qualified by its table.
 */
export async function listMissingColumns(
  store: Store,
  tables: Record<string, unknown>,
): Promise<string[]> {
  const missing: string[] = []
  for (const table of Object.values(tables).filter((one) => is(one, Table))) {
    for (const column of Object.values(getTableColumns(table))) {
      const query = sql`SELECT ${column} FROM ${table} LIMIT 0`
      const isThere = await store.rows(query).then(
        () => true,
        () => false,
      )
      if (!isThere) missing.push(`${getTableName(table)}.${column.name}`)
    }
  }
  return missing
}
