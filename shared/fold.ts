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
  ı: 'i',
  ς: 'σ',
}
const isNotPlain = new RegExp(`[${Object.keys(plain).join('')}]`, 'g')

// What a text is sorted by need not be longer to be told from others; indexes have limits.
const keyLengthMax = 100

/** Small letters without accents: `Émile  Zola` is `emile zola`. Signs stay: C++ is not C#. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(isNotPlain, (letter) => plain[letter] ?? letter)
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim()
}

/** What a text is sorted by: its start, folded. At most 100 characters. */
export function toKey(text: string): string {
  return [...fold(text)].slice(0, keyLengthMax).join('')
}
