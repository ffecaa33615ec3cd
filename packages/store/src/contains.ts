import { or, sql, type Column, type SQL } from 'drizzle-orm'
import type { Store } from './store.ts'

/**
 * Whether a column contains a text, literally: `%` and `_` are escaped. The caller folds the case
 * of both, as the databases fold it differently.
 */
export function contains(column: Column | SQL, text: string): SQL {
  const pattern = `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`
  return sql`${column} LIKE ${pattern} ESCAPE '\\'`
}

/**
 * Whether an unfolded column contains a text, alike on both databases: ASCII letters in any case,
 * others as given, all upper case, or all lower case.
 */
export function containsInAnyCase(
  { dialect }: Store,
  column: Column,
  text: string,
): SQL | undefined {
  const forms = [text, text.toLowerCase(), text.toUpperCase()].map(toSmallAscii)
  const small = smallAscii[dialect](column)
  return or(...[...new Set(forms)].map((form) => contains(small, form)))
}

// As SQLite's `lower`; with the collation "C" PostgreSQL does the same.
const smallAscii: Record<Store['dialect'], (column: Column) => SQL> = {
  sqlite: (column) => sql`lower(${column})`,
  postgres: (column) => sql`lower(${column} COLLATE "C")`,
}

const toSmallAscii = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
