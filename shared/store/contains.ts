import { or, sql, type Column, type SQL } from 'drizzle-orm'
import type { Store } from './store.ts'

/**
 * Whether a column contains a text; `%` and `_` in it stand for themselves. Case is the caller's
 * to fold, in both, as the two databases fold it differently.
 */
export function contains(column: Column | SQL, text: string): SQL {
  const pattern = `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`
  return sql`${column} LIKE ${pattern} ESCAPE '\\'`
}

/**
 * Whether a column that is not kept folded contains a text, the same on both databases: letters of
 * ASCII in whatever case; others as they are given, or all of them large, or all small.
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

// What SQLite's `lower` does; the collation "C" makes PostgreSQL's do the same.
const smallAscii: Record<Store['dialect'], (column: Column) => SQL> = {
  sqlite: (column) => sql`lower(${column})`,
  postgres: (column) => sql`lower(${column} COLLATE "C")`,
}

const toSmallAscii = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
