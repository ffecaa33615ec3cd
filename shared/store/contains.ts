import { sql, type Column, type SQL } from 'drizzle-orm'

/**
 * Whether a column contains a text; `%` and `_` in it stand for themselves. Case is the caller's
 * to fold, in both, as the two databases fold it differently.
 */
export function contains(column: Column | SQL, text: string): SQL {
  const pattern = `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`
  return sql`${column} LIKE ${pattern} ESCAPE '\\'`
}
