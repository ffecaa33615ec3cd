import { fold } from '../../shared/fold.ts'

// Enough to distinguish words; the size of an index entry is limited.
const wordLengthMax = 64

/** The words of a query, each once. An apostrophe is no gap: `Gulliver's` is one word. */
export function toWords(text: string): string[] {
  const found = fold(text)
    .replace(/['’ʼ]/g, '')
    .match(/[\p{L}\p{N}\p{M}]+/gu)
  return [...new Set(found?.map((word) => [...word].slice(0, wordLengthMax).join('')))]
}

/** The words by which a text is found: as in a query, and the parts around an apostrophe. */
export function toIndex(text: string): string {
  return [...new Set([...toWords(text), ...toWords(text.replace(/['’ʼ]/g, ' '))])].join(' ')
}
