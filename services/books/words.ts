import { fold } from '../../shared/fold.ts'

// One word need not be longer to be told from others; indexes have limits.
const wordLengthMax = 64

/** The words of a query, each once. An apostrophe is no gap: `Gulliver's` is one word. */
export function toWords(text: string): string[] {
  const found = fold(text)
    .replace(/['’ʼ]/g, '')
    .match(/[\p{L}\p{N}\p{M}]+/gu)
  return [...new Set(found?.map((word) => [...word].slice(0, wordLengthMax).join('')))]
}

/** The words a text is found by: those of a query, and the parts about an apostrophe. */
export function toIndex(text: string): string {
  return [...new Set([...toWords(text), ...toWords(text.replace(/['’ʼ]/g, ' '))])].join(' ')
}
