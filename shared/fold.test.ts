import { expect, test } from 'bun:test'
import { fold, toKey } from './fold.ts'

// Those that mean something; a private or unassigned one is left as it is.
const characters = Array.from({ length: 0x110000 }, (_, at) => at)
  .filter((at) => at < 0xd800 || at > 0xdfff)
  .map((at) => String.fromCodePoint(at))
  .filter((one) => !/[\p{Cn}\p{Co}]/u.test(one))

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const

// An iota below is a mark in small letters and a letter of its own in large ones.
const hasIotaBelow = (text: string) => text.normalize('NFD').includes('\u0345')

const rules: Record<string, (text: string, folded: string) => boolean> = {
  'folding twice is folding once': (_, folded) => fold(folded) === folded,
  'no accent is left': (_, folded) => !/[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]/u.test(folded),
  'how a text is put together makes no difference': (text, folded) =>
    forms.every((form) => fold(text.normalize(form)) === folded),
  'large and small letters make no difference': (text, folded) =>
    hasIotaBelow(text) ||
    (fold(text.toUpperCase()) === folded && fold(text.toLowerCase()) === folded),
}

test.each(Object.entries(rules))(
  '%s, for every character of Unicode',
  (_, holds) => {
    const exceptions = characters.filter((one) => {
      // Alone at either end, in a word, under a mark, and where a sigma is the last letter or not.
      const text = `${one} a${one}b ${one}\u0301 Σ${one}Σ ${one}`
      return !holds(text, fold(text))
    })
    expect(exceptions.map((one) => `U+${one.codePointAt(0)?.toString(16)}`)).toEqual([])
  },
  60_000,
)

test.each([
  ['Émile  Zola', 'emile zola'],
  ['Acme™', 'acmetm'],
  ['İSTANBUL ılık', 'istanbul ilik'],
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
  ['ﬁn de siècle ẞ', 'fin de siecle ss'],
  ['Þórr Ærø Łódź', 'thorr aero lodz'],
  ['שָׁלוֹם', 'שלום'],
  ['مُحَمَّد', 'محمد'],
  ['\u0301', '\u0301'],
  ['서울', '서울'],
  ['C++ C#', 'c++ c#'],
])('%s is %s', (text, folded) => {
  expect(fold(text)).toBe(folded)
})

test.each([
  ['バン', 'パン'],
  ['गीता', 'गाता'],
  ['กิน', 'กัน'],
  ['மாடி', 'மடு'],
  ['C++', 'C#'],
])('%s is another word than %s', (one, other) => {
  expect(fold(one)).not.toBe(fold(other))
  expect(fold(one)).toBe(one.toLowerCase())
})

test('a key has at most 100 characters, none of them split', () => {
  expect(toKey('𝄞'.repeat(200))).toBe('𝄞'.repeat(100))
})
