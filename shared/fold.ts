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

// Marks that readers take for decoration: those any script may have, and the points of Hebrew and
// Arabic. A vowel of Hindi or Thai is a letter, though Unicode calls it a mark, and so is the voice
// of kana: बस is no बास, and パン (bread) no バン (van).
const scripts = ['Inherited', 'Hebrew', 'Arabic', 'Cyrillic']
  .map((script) => String.raw`\p{Script=${script}}`)
  .join('')
const accents = new RegExp(String.raw`[[[${scripts}]&&\p{M}]--[\u3099\u309a]]+`, 'gv')

// What a text is sorted by need not be longer to be told from others; indexes have limits.
const keyLengthMax = 100

/**
 * Small letters without accents: `Émile  Zola` is `emile zola`, `Acme™` is `acmetm`. Signs stay:
 * C++ is not C#. What is folded stays as it is when it is folded again.
 *
 * Taken apart (NFKD, Unicode Standard Annex #15) before its case is folded, as what comes of `™`
 * has a case too; over large letters, as several small ones share one: σ and ς.
 */
export function fold(text: string): string {
  const folded = withoutAccents(withoutAccents(text).toUpperCase().toLowerCase())
    .replace(isNotPlain, (letter) => plain[letter] ?? letter)
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim()
  // Of accents alone nothing would be left, which is in every text.
  return folded || text.trim()
}

function withoutAccents(text: string): string {
  return text.normalize('NFKD').replace(accents, '')
}

/** What a text is sorted by: its start, folded. At most 100 characters. */
export function toKey(text: string): string {
  return [...fold(text)].slice(0, keyLengthMax).join('')
}
