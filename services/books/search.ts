import { sql, type SQL } from 'drizzle-orm'
import type { Store } from '@campus/store/store.ts'
import { toWords } from './words.ts'

// More than anyone types; each costs an index lookup.
const wordsMax = 20

/**
 * The books in which every word of a query begins some word of title, author or publisher. The
 * query has no operators: words are letters and digits, and are quoted.
 * @returns undefined for an empty query; nothing is found by a query without words
 */
export function matchQuery({ dialect }: Store, query: string | undefined): SQL | undefined {
  if (query === undefined || query.trim() === '') return undefined
  const words = toWords(query).slice(0, wordsMax)
  return words.length === 0 ? sql`1 = 0` : matchWords[dialect](words)
}

const matchWords: Record<Store['dialect'], (words: string[]) => SQL> = {
  sqlite: (words) => {
    const match = words.map((word) => `"${word}"*`).join(' ')
    return sql`books.number IN (SELECT rowid FROM book_words WHERE book_words MATCH ${match})`
  },
  postgres: (words) => {
    const match = words.map((word) => `'${word}':*`).join(' & ')
    // An array, so that the word index is always used first: PostgreSQL cannot know how rare a
    // prefix is, and might scan the whole list for a rare one.
    const found = sql`SELECT number FROM books WHERE lexemes @@ ${match}::text::tsquery`
    return sql`books.number = ANY(ARRAY(${found}))`
  },
}
