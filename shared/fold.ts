// Both databases see only what is made here, so they find and sort the same.

// Letters that Unicode does not take apart into a plain one and a mark.
const plain: Record<string, string> = {
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  þ: 'th',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ς: 'σ',
}
const isNotPlain = new RegExp(`[${Object.keys(plain).join('')}]`, 'g')

// What a text is sorted by need not be longer to be told from others; indexes have limits.
const keyLengthMax = 100

/**
 * Small letters without marks: `Émile  Zola` is `emile zola`, `Acme™` is `acmetm`. Signs stay: C++
 * is not C#. What is folded stays as it is when it is folded again.
 *
 * Taken apart (NFKD, Unicode Standard Annex #15) before its case is folded, as what comes of `™`
 * has a case too; over large letters, as several small ones share one: σ and ς.
 */
export function fold(text: string): string {
  return withoutMarks(withoutMarks(text).toUpperCase().toLowerCase())
    .replace(isNotPlain, (letter) => plain[letter] ?? letter)
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim()
}

function withoutMarks(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}+/gu, '')
}

/** What a text is sorted by: its start, folded. At most 100 characters. */
export function toKey(text: string): string {
  return [...fold(text)].slice(0, keyLengthMax).join('')
}
