// A class, an escape, or a character that stands for itself.
const atoms = /\[(?:\\.|[^\]\\])*\]|\\u[0-9a-f]{4}|\\.|[^\\()[\]{}?*+|^$]/gi
// One of each kind: any character class contains some of these.
const alphabet = ['a', 'A', '0', ' ', '.', '-', '_', '@', ':', '/', ',', 'é', '\u{1f600}', '\ud83d']

/**
 * The worst case of an ambiguous pattern: characters of its own classes repeated, each alone and
 * every two alternating, followed by one that cannot match.
 * @param fit how often a unit may be repeated
 */
export function listRepetitions(pattern: string, fit: (unit: string) => number): string[] {
  const sources = new Set(pattern.match(atoms) ?? [])
  const members = new Set(
    [...sources].flatMap((source) => {
      const form = new RegExp(`^(?:${source})$`)
      return alphabet.find((character) => form.test(character)) ?? []
    }),
  )
  const pairs = [...members].flatMap((one) =>
    [...members].flatMap((other) => (one === other ? [] : [one + other])),
  )
  // After a matching beginning, a repeat in the middle is reached.
  const beginnings = ['', 'a@', 'a/', '2027-01-31T09:00:00.']
  return [...members, ...pairs].flatMap((unit) =>
    beginnings.map((beginning) => `${beginning}${unit.repeat(fit(unit))}\u0000`),
  )
}
