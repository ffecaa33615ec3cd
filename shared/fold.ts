// Both databases store only folded text made here, so they find and sort alike.

// Letters that Unicode does not decompose into a base letter and a mark.
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

// Marks that may be left out: those of all scripts, and the points of Hebrew and Arabic. A vowel of
// Hindi or Thai is a letter, though Unicode calls it a mark, and so is the voicing mark of kana: बस
// is not बास, and パン (bread) is not バン (van).
const scripts = ['Inherited', 'Hebrew', 'Arabic', 'Cyrillic']
  .map((script) => String.raw`\p{Script=${script}}`)
  .join('')
const accents = new RegExp(String.raw`[[[${scripts}]&&\p{M}]--[\u3099\u309a]]+`, 'gv')

// Enough to sort by; the size of an index entry is limited.
const keyLengthMax = 100

/**
 * Lower case without accents: `Émile  Zola` is `emile zola`, `Acme™` is `acmetm`. Symbols stay: C++
 * is not C#. Idempotent.
 *
 * Decomposed (NFKD, Unicode Standard Annex #15) before case folding, as `™` decomposes into
 * letters; by way of upper case, as several lower-case letters share one: σ and ς.
 */
export function fold(text: string): string {
  const folded = withoutAccents(withoutAccents(text).toUpperCase().toLowerCase())
    .replace(isNotPlain, (letter) => plain[letter] ?? letter)
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim()
  // A text of accents only would fold to nothing, which every text contains.
  return folded || text.trim()
}

function withoutAccents(text: string): string {
  return text.normalize('NFKD').replace(accents, '')
}

/** The sort key of a text: its start, folded, at most 100 characters. */
export function toKey(text: string): string {
  return [...fold(text)].slice(0, keyLengthMax).join('')
}
